"""Linear warmup and cosine decay of the learning rate, in closed form."""

import logging
import math
from typing import Any, List, Union

from mmaction.registry import PARAM_SCHEDULERS
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper, _ParamScheduler
from torch.optim import Optimizer


@PARAM_SCHEDULERS.register_module()
class WarmupCosineLR(_ParamScheduler):
    """Linear warmup from 0, then cosine decay.

    mmengine's linear and cosine schedulers compute each value recursively from the one before, so they cannot start
    from 0 and accumulate rounding errors. Here the learning rate is a function of the step alone. Give lengths in
    epochs with ``convert_to_iter_based=True`` for an update in every iteration::

        param_scheduler = [dict(type='WarmupCosineLR', warmup=20, min_ratio=0.5, convert_to_iter_based=True)]

    Args:
        optimizer (Optimizer or OptimWrapper): The optimizer.
        end (int): End of the schedule, exclusive; mmengine's runner fills in the length of the run.
        warmup (float): Steps of the warmup. A warmup that does not fit the schedule, as in a short trial of a long
            recipe, is cut to a tenth of the schedule, with a warning. Defaults to 0.
        min_ratio (float): Final learning rate relative to the peak of each parameter group. Defaults to 0.
        begin (int): First step of the warmup. Defaults to 0.
        **kwargs: ``last_step``, ``by_epoch`` and ``verbose`` of mmengine's schedulers.
    """

    def __init__(
        self,
        optimizer: Union[Optimizer, OptimWrapper],
        end: int,
        warmup: float = 0,
        min_ratio: float = 0,
        begin: int = 0,
        **kwargs: Any,
    ) -> None:
        if warmup < 0:
            raise ValueError(f'warmup must not be negative, got {warmup}; set warmup=0 for none')
        if not 0 <= min_ratio <= 1:
            raise ValueError(f'min_ratio must lie in [0, 1], got {min_ratio}')
        self.warmup, self.min_ratio = self._shortened(warmup, end - begin), min_ratio
        super().__init__(optimizer, 'lr', begin=begin, end=end, **kwargs)

    @classmethod
    def build_iter_from_epoch(
        cls,
        optimizer: Union[Optimizer, OptimWrapper],
        end: int,
        epoch_length: int,
        warmup: float = 0,
        begin: int = 0,
        by_epoch: bool = True,
        **kwargs: Any,
    ) -> 'WarmupCosineLR':
        """Build an iteration-based schedule from lengths in epochs."""
        # epochs without a batch are reported by EpochSeedHook, which knows the reason
        epoch_length = max(epoch_length, 1)
        begin, end, warmup = begin * epoch_length, end * epoch_length, warmup * epoch_length
        return cls(optimizer, begin=begin, end=end, warmup=warmup, by_epoch=False, **kwargs)

    @staticmethod
    def _shortened(warmup: float, length: int) -> float:
        """Return a warmup that leaves room for the decay."""
        if warmup < length:
            return warmup
        shortened = max(length // 10, 1) if length > 1 else 0
        print_log(
            f'a warmup of {warmup} steps does not fit a schedule of {length}: it is cut to {shortened}; '
            'set warmup of WarmupCosineLR for another one',
            logger='current',
            level=logging.WARNING,
        )
        return shortened

    def factor(self, step: int) -> float:
        """Return the learning rate relative to the peak, ``step`` steps after ``begin``."""
        if step < self.warmup:
            return step / self.warmup
        done = (step - self.warmup) / (self.end - self.begin - self.warmup)
        return self.min_ratio + (1 - self.min_ratio) * 0.5 * (1 + math.cos(math.pi * done))

    def _get_value(self) -> List[float]:
        return [base * self.factor(self.last_step) for base in self.base_values]
