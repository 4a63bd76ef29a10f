from .epoch_seed_hook import EpochSeedHook
from .neighbour_hook import NeighbourHook
from .pretrained_encoder_hook import PretrainedEncoderHook

__all__ = ['EpochSeedHook', 'NeighbourHook', 'PretrainedEncoderHook']
