"""Hook that evaluates features by k-nearest neighbors during pretraining."""

import random
from contextlib import contextmanager
from typing import Iterator, Optional

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner, ValLoop

from mamp_plugin.registry_aliases import register_alias


@HOOKS.register_module()
class NeighborHook(Hook):
    """Evaluation of k-nearest-neighbor accuracy every few epochs and at the end of a run.

    Log, ``scalars.json`` and TensorBoard record the accuracy like that of a validation. The RNG state is restored
    after each evaluation, so a run draws the same random numbers as without the hook. The hook is independent of
    ``val_dataloader``. A resumed run repeats the evaluation of the epoch it resumes from.

    Args:
        interval (int): Epochs between evaluations. Defaults to 1.
        start (bool): Whether to evaluate before the first epoch, too. Defaults to False.
        dataloader (dict, optional): Config of the data loader, with a :class:`RetrievalDataset`. Defaults to None,
            which means ``test_dataloader`` of the run.
        evaluator (dict, optional): Config of the metric or metrics. Defaults to None, which means
            ``dict(type='KNNMetric', k=1)``.
    """

    # run before IterTimerHook starts timing the epoch
    priority = 'ABOVE_NORMAL'

    def __init__(
        self,
        interval: int = 1,
        start: bool = False,
        dataloader: Optional[dict] = None,
        evaluator: Optional[dict] = None,
    ) -> None:
        if isinstance(interval, bool) or not isinstance(interval, int) or interval < 1:
            raise ValueError(f'interval must be an integer of at least 1, got {interval!r}')
        self.interval = interval
        self.start = start
        self.dataloader = dataloader
        self.evaluator = evaluator or dict(type='KNNMetric', k=1)

    def before_train(self, runner: Runner) -> None:
        """Build the evaluation loop."""
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            raise ValueError(
                f'NeighborHook counts epochs, but train_cfg.type is {type(runner.train_loop).__name__}; '
                "set train_cfg.type='EpochBasedTrainLoop' or remove the hook from custom_hooks"
            )
        dataloader = self.dataloader or runner.cfg.get('test_dataloader')
        if dataloader is None:
            raise ValueError(
                'NeighborHook has no data; set its dataloader or test_dataloader of the config, '
                "with dataset=dict(type='RetrievalDataset', gallery=..., queries=...)"
            )
        with preserved_rng_state():
            self.loop = ValLoop(runner, dataloader, self.evaluator)

    def before_train_epoch(self, runner: Runner) -> None:
        """Evaluate before the next epoch, because runner.epoch is still behind in after_train_epoch."""
        if runner.epoch % self.interval == 0 and (runner.epoch > 0 or self.start):
            self.evaluate(runner)

    def after_train(self, runner: Runner) -> None:
        """Evaluate the final features."""
        self.evaluate(runner)

    def evaluate(self, runner: Runner) -> None:
        """Run the evaluation loop as the validation loop of the runner."""
        training = runner.model.training
        # logging hooks read the loop from the runner
        own, runner._val_loop = runner._val_loop, self.loop
        try:
            with preserved_rng_state():
                self.loop.run()
        finally:
            runner._val_loop = own
            runner.model.train(training)


register_alias(HOOKS, 'NeighbourHook', NeighborHook)


@contextmanager
def preserved_rng_state() -> Iterator[None]:
    """Restore the RNG state of Python, NumPy and PyTorch on exit."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
