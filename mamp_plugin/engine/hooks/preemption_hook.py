"""Hook that saves a checkpoint when a scheduler takes the machine away."""

import copy
import os
import signal
import threading
import time
from contextlib import suppress
from functools import partial
from typing import Any, Callable, Dict, Optional

import torch
from mmaction.registry import HOOKS
from mmengine.device import get_device
from mmengine.dist import all_reduce, barrier, get_world_size, is_main_process
from mmengine.hooks import CheckpointHook, Hook
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner

from ..checkpoints.checksum import checksum_file

#: Exit code of a run that was told to end and saved a checkpoint (EX_TEMPFAIL of sysexits.h).
PREEMPTED = 75
#: Seconds in which a repeated signal counts as the same: a scheduler and torchrun may both send it.
REPEATED = 5
_SIGNALS = (signal.SIGTERM, signal.SIGUSR1) if hasattr(signal, 'SIGUSR1') else (signal.SIGTERM,)
#: Entry of the message hub for the checkpoint that was saved in the middle of an epoch.
_SAVED = 'preemption_ckpt'


@HOOKS.register_module()
class PreemptionHook(Hook):
    """Checkpoint and end of the run after SIGTERM or SIGUSR1.

    The ranks finish the current iteration, whichever of them was told to end. The configured ``CheckpointHook`` saves
    ``iter_N.pth``, and all ranks end with exit code 75, so that ``--resume`` goes on with the next iteration. A second
    signal ends a process at once. A checkpoint of the middle of an epoch is deleted once the run has saved another.

    Example::

        custom_hooks = [dict(type='EpochSeedHook'), dict(type='PreemptionHook')]
    """

    #: After CheckpointHook, which may save the same iteration.
    priority = 'LOWEST'

    def __init__(self) -> None:
        self._received: Optional[int] = None
        self._since = 0.0
        self._before: Dict[int, Any] = {}

    def before_train(self, runner: Runner) -> None:
        """Take the signals, and let the workers of data loaders survive them."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        loops = (runner.train_loop, runner.val_loop)
        for loader in [loop.dataloader for loop in loops if loop is not None]:
            loader.worker_init_fn = partial(_survive_signals, loader.worker_init_fn)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Optional[dict] = None
    ) -> None:
        """Save and end if any rank was told to."""
        received = self._agree(runner)
        if not received or _is_accumulating(runner):
            return
        path = _save(runner)
        barrier()  # torchrun ends all ranks with the first
        runner.logger.warning(
            f'{signal.Signals(received).name}: ended after iteration {runner.iter + 1}, '
            + (f'saved in {path}; continue with --resume' if path else 'nothing saved without a CheckpointHook')
        )
        raise SystemExit(PREEMPTED)

    def after_train_epoch(self, runner: Runner) -> None:
        """Delete the checkpoint of an interruption if a later one was saved."""
        hook = _checkpoint_hook(runner)
        if hook is not None and hook.by_epoch and hook.last_ckpt is not None:
            _delete(hook, runner.message_hub.runtime_info.pop(_SAVED, None))

    def after_train(self, runner: Runner) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _receive(self, number: int, frame: Any) -> None:
        now = time.monotonic()
        if self._received is not None and now - self._since > REPEATED:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif self._received is None:
            self._received, self._since = number, now

    def _agree(self, runner: Runner) -> int:
        """Return the signal that any rank has received, or 0."""
        received = self._received or 0
        if get_world_size() == 1:
            return received
        shared = torch.tensor(received, device=get_device())
        all_reduce(shared, op='max')
        return int(shared)


def _save(runner: Runner) -> Optional[str]:
    """Save this iteration by the configured hook, if it has not, and return the path."""
    hook = _checkpoint_hook(runner)
    if hook is None:
        return None
    if hook.by_epoch:
        hook = copy.copy(hook)
        hook.by_epoch, hook.filename_tmpl, hook.max_keep_ckpts = False, 'iter_{}.pth', -1
        earlier = runner.message_hub.runtime_info.get(_SAVED)
        runner.message_hub.update_info(_SAVED, f'iter_{runner.iter + 1}.pth')
        hook._save_checkpoint(runner)
        _delete(hook, earlier)
    elif os.path.basename(hook.last_ckpt or '') != hook.filename_tmpl.format(runner.iter + 1):
        hook._save_checkpoint(runner)
    return hook.last_ckpt


def _checkpoint_hook(runner: Runner) -> Optional[CheckpointHook]:
    return next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook)), None)


def _delete(hook: CheckpointHook, name: Optional[str]) -> None:
    """Delete a checkpoint that a later one has replaced."""
    if name and is_main_process():
        path = os.path.join(hook.out_dir, name)
        for file in (path, checksum_file(path)):
            with suppress(FileNotFoundError):
                os.remove(file)


def _is_accumulating(runner: Runner) -> bool:
    """Tell if gradients wait for the batches of later iterations; checkpoints do not hold them."""
    return isinstance(runner.optim_wrapper, OptimWrapper) and not runner.optim_wrapper.should_update()


def _survive_signals(worker_init_fn: Optional[Callable], worker: int) -> None:
    """Let a worker of a data loader end by signals of its parent only.

    Schedulers send signals to all processes of a job, but the main process still needs batches until it has saved.
    """
    if worker_init_fn is not None:
        worker_init_fn(worker)
    if hasattr(signal, 'sigwaitinfo'):  # not on macOS
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    while True:
        received = signal.sigwaitinfo(_SIGNALS)
        if received.si_signo == signal.SIGTERM and received.si_pid == os.getppid():
            os._exit(0)
