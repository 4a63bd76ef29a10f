"""Hooks of the runner."""

from .epoch_seed_hook import EpochSeedHook
from .neighbor_hook import NeighborHook
from .pretrained_encoder_hook import PretrainedEncoderHook

__all__ = ['EpochSeedHook', 'NeighborHook', 'PretrainedEncoderHook']
