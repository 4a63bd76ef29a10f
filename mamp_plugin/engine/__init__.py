"""What runs around the model: hooks, schedules and optimiser constructors."""

from .hooks import EpochSeedHook, NeighbourHook, PretrainedEncoderHook
from .optimizers import LayerDecayOptimWrapperConstructor
from .schedulers import WarmupCosineLR

__all__ = [
    'EpochSeedHook',
    'LayerDecayOptimWrapperConstructor',
    'NeighbourHook',
    'PretrainedEncoderHook',
    'WarmupCosineLR',
]
