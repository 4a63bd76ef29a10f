"""End of a process group: orderly, or with the names of the ranks that keep the others waiting."""

import contextlib
from datetime import timedelta
from typing import Iterator, List

from mmengine.dist import get_rank, get_world_size, is_distributed
from torch import distributed

from mamp_plugin.engine.hooks.preemption_hook import PREEMPTED

#: Seconds in which the ranks that wait run into their timeouts, one after the other.
PATIENCE = 10


@contextlib.contextmanager
def ended_process_group() -> Iterator[None]:
    """Destroy the process group when all ranks are done; explain a timeout by the ranks that did not answer.

    A rank that exits with the threads of its process group running may abort, and torchrun then ends the others, rank 0
    while it saves. Every rank that runs into a timeout notes so in the store of the process group; the others hang.
    """
    try:
        yield
        _destroy()
    except SystemExit as stopped:
        if stopped.code == PREEMPTED:  # of all ranks after the same iteration
            _destroy()
        raise
    except RuntimeError as error:
        if not is_distributed() or 'timed out' not in str(error).lower():
            raise
        hung = _ranks_without_timeout()
        if not hung:
            raise
        who = f'rank {hung[0]}' if len(hung) == 1 else f'ranks {", ".join(map(str, hung))}'
        raise TimeoutError(
            f'{who} of {get_world_size()} did not answer until the timeout of env_cfg.dist_cfg; look for a process '
            f'that is stopped, out of memory or waiting for its data there, or set a longer timeout ({error})'
        ) from error


def _destroy() -> None:
    if is_distributed():
        distributed.barrier()
        distributed.destroy_process_group()


def _ranks_without_timeout() -> List[int]:
    store = distributed.distributed_c10d._get_default_store()
    keys = [f'mamp_plugin/timed_out/{rank}' for rank in range(get_world_size())]
    store.set(keys[get_rank()], '1')
    with contextlib.suppress(RuntimeError):  # the hung ranks never note theirs
        store.wait(keys, timedelta(seconds=PATIENCE))
    return [rank for rank, key in enumerate(keys) if not store.check([key])]
