"""Necks: decoders, projectors and poolings, used in pretraining only."""

from .motion_decoder import MotionDecoder
from .projector import Projector
from .query_decoder import QueryDecoder
from .sequence_decoder import SequenceDecoder
from .sequence_pool import SequencePool

__all__ = ['MotionDecoder', 'Projector', 'QueryDecoder', 'SequenceDecoder', 'SequencePool']
