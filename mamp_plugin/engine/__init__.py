"""Hooks, learning-rate schedules, optimizer constructors and checkpoint loading."""

from .hooks import EpochSeedHook, NeighborHook, PretrainedEncoderHook
from .optimizers import LayerDecayOptimWrapperConstructor
from .schedulers import WarmupCosineLR

__all__ = [
    'EpochSeedHook',
    'LayerDecayOptimWrapperConstructor',
    'NeighborHook',
    'PretrainedEncoderHook',
    'WarmupCosineLR',
]
