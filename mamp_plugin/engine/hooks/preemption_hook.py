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
            loader.worker_init_fn = partial(_ignore_signals, loader.worker_init_fn)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Optional[dict] = None
    ) -> None:
        """Save and end if any rank was told to."""
        received = self._agree(runner)
        if not received or _is_accumulating(runner):
            return
        path = self._save(runner)
        barrier()  # torchrun ends all ranks with the first
        runner.logger.warning(
            f'{signal.Signals(received).name}: ended after iteration {runner.iter + 1}, '
            + (f'saved in {path}; continue with --resume' if path else 'nothing saved without a CheckpointHook')
        )
        raise SystemExit(PREEMPTED)

    def after_train_epoch(self, runner: Runner) -> None:
        """Delete the checkpoint of an interruption if a later one was saved."""
        hook = _checkpoint_hook(runner)
        if hook is not None and hook.last_ckpt is not None:
            _delete_interruption(runner, hook)

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

    def _save(self, runner: Runner) -> Optional[str]:
        hook = _checkpoint_hook(runner)
        if hook is None:
            return None
        saved = os.path.basename(hook.last_ckpt or '') == f'iter_{runner.iter + 1}.pth'
        if hook.by_epoch:
            outdated = runner.message_hub.runtime_info.get(_SAVED)
            name = f'iter_{runner.iter + 1}.pth'
            runner.message_hub.update_info(_SAVED, name)
            hook = _by_iteration(hook)
            hook._save_checkpoint(runner)
            if outdated:
                _delete(hook, outdated)
        elif not saved:
            hook._save_checkpoint(runner)
        return hook.last_ckpt
