"""Hooks of the runner."""

from .batch_size_hook import BatchSizeHook
from .epoch_seed_hook import EpochSeedHook
from .finite_loss_hook import FiniteLossHook
from .neighbor_hook import NeighborHook
from .preemption_hook import PreemptionHook
from .pretrained_encoder_hook import PretrainedEncoderHook
from .safe_checkpoint_hook import SafeCheckpointHook

__all__ = [
    'BatchSizeHook',
    'EpochSeedHook',
    'FiniteLossHook',
    'NeighborHook',
    'PreemptionHook',
    'PretrainedEncoderHook',
    'SafeCheckpointHook',
]
