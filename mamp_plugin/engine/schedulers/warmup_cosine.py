"""The learning rate of MAMP's recipes, in closed form."""

import math
from typing import List

from mmaction.registry import PARAM_SCHEDULERS
from mmengine.optim import _ParamScheduler


@PARAM_SCHEDULERS.register_module()
class WarmupCosineLR(_ParamScheduler):
    """Rises linearly from 0, then falls along half a cosine.

    mmengine's linear and cosine schedulers multiply each value out of the one before: they cannot start from 0 and
    drift over long runs. Here the rate at step t is computed from t alone. Give lengths in epochs together with
    ``convert_to_iter_based=True`` to have it set before every iteration.

    Args:
        optimizer (Optimizer or OptimWrapper): The optimizer.
        end (int): Step after the last one; mmengine's runner fills in the length of the run.
        warmup (float): Steps of the rise. Defaults to 0.
        min_ratio (float): The last rate as a share of the peak, each parameter group's own. Defaults to 0.
        begin (int): Step at which the rise begins. Defaults to 0.
        **kwargs: ``last_step``, ``by_epoch`` and ``verbose`` as in mmengine's schedulers.
    """

    def __init__(self, optimizer, end: int, warmup: float = 0, min_ratio: float = 0, begin: int = 0, **kwargs) -> None:
        if not 0 <= warmup < end - begin:
            raise ValueError(f'warmup must be shorter than the run, got warmup={warmup} of {end - begin} steps')
        if not 0 <= min_ratio <= 1:
            raise ValueError(f'min_ratio is a share of the peak between 0 and 1, got {min_ratio}')
        self.warmup, self.min_ratio = warmup, min_ratio
        super().__init__(optimizer, 'lr', begin=begin, end=end, **kwargs)

    @classmethod
    def build_iter_from_epoch(
        cls, *args, end: int, epoch_length: int, warmup: float = 0, begin: int = 0, by_epoch: bool = True, **kwargs
    ) -> 'WarmupCosineLR':
        """Builds the schedule per iteration from lengths in epochs."""
        # training data that give no batch are refused by the EpochSeedHook, which can say why
        epoch_length = max(epoch_length, 1)
        begin, end, warmup = begin * epoch_length, end * epoch_length, warmup * epoch_length
        return cls(*args, begin=begin, end=end, warmup=warmup, by_epoch=False, **kwargs)

    def factor(self, step: int) -> float:
        """The rate as a share of the peak, so many steps after the beginning."""
        if step < self.warmup:
            return step / self.warmup
        done = (step - self.warmup) / (self.end - self.begin - self.warmup)
        return self.min_ratio + (1 - self.min_ratio) * 0.5 * (1 + math.cos(math.pi * done))

    def _get_value(self) -> List[float]:
        return [base * self.factor(self.last_step) for base in self.base_values]
