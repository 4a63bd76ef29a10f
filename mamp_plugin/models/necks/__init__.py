"""Necks: decoders, projectors and poolings, used in pretraining only."""

from .motion_decoder import MotionDecoder
from .projector import Projector
from .sequence_decoder import SequenceDecoder
from .sequence_pool import SequencePool

__all__ = ['MotionDecoder', 'Projector', 'SequenceDecoder', 'SequencePool']
