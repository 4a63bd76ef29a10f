from .epoch_seed_hook import EpochSeedHook
from .pretrained_encoder_hook import PretrainedEncoderHook

__all__ = ['EpochSeedHook', 'PretrainedEncoderHook']
