"""Decoders and projectors: what is thrown away after pretraining."""

from .motion_decoder import MotionDecoder

__all__ = ['MotionDecoder']
