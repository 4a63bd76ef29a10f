"""Says during pretraining what the features are worth."""

import random
from contextlib import contextmanager
from typing import Iterator, Optional

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner, ValLoop


@HOOKS.register_module()
class NeighbourHook(Hook):
    """Reports the accuracy of nearest neighbours every few epochs and at the end, as a validation does.

    Log, ``scalars.json`` and TensorBoard show it as a curve over epochs. The random draws of the run are those of a run
    without the hook. It is independent of ``val_dataloader``: a run may have both. A resumed run reports the epoch
    from which it starts once more.

    Args:
        interval (int): Epochs from one report to the next. Defaults to 1.
        start (bool): Whether to report what features are worth before the first epoch. Defaults to False.
        dataloader (dict, optional): Config of the data loader, with a :class:`RetrievalDataset`. Defaults to None,
            which takes the run's ``test_dataloader``.
        evaluator (dict, optional): Config of the metric or metrics. Defaults to None, which is
            ``dict(type='KNNMetric', k=1)``.
    """

    # before the timer starts to time the epoch
    priority = 'ABOVE_NORMAL'

    def __init__(
        self,
        interval: int = 1,
        start: bool = False,
        dataloader: Optional[dict] = None,
        evaluator: Optional[dict] = None,
    ) -> None:
        if isinstance(interval, bool) or not isinstance(interval, int) or interval < 1:
            raise ValueError(f'interval must be a whole number of epochs of at least 1, got {interval!r}')
        self.interval = interval
        self.start = start
        self.dataloader = dataloader
        self.evaluator = evaluator or dict(type='KNNMetric', k=1)

    def before_train(self, runner: Runner) -> None:
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            raise ValueError(
                f'NeighbourHook counts epochs, but train_cfg.type is {type(runner.train_loop).__name__}; '
                "set train_cfg.type='EpochBasedTrainLoop' or take the hook out of custom_hooks"
            )
        dataloader = self.dataloader or runner.cfg.get('test_dataloader')
        if dataloader is None:
            raise ValueError(
                'NeighbourHook has no data: set its dataloader, or test_dataloader of the config, '
                "with dataset=dict(type='RetrievalDataset', gallery=..., queries=...)"
            )
        with unchanged_draws():
            self.loop = ValLoop(runner, dataloader, self.evaluator)

    def before_train_epoch(self, runner: Runner) -> None:
        """Reports what the epochs so far have brought: the runner's count of them is right only now."""
        if runner.epoch % self.interval == 0 and (runner.epoch > 0 or self.start):
            self.report(runner)

    def after_train(self, runner: Runner) -> None:
        self.report(runner)

    def report(self, runner: Runner) -> None:
        """Runs the validation."""
        training = runner.model.training
        # the hooks that log ask the runner for the loop
        own, runner._val_loop = runner._val_loop, self.loop
        try:
            with unchanged_draws():
                self.loop.run()
        finally:
            runner._val_loop = own
            runner.model.train(training)


@contextmanager
def unchanged_draws() -> Iterator[None]:
    """Afterwards, random generators are where they were before."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
