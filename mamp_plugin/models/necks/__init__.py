"""Necks: decoders, projectors, poolings and readouts."""

from .motion_decoder import MotionDecoder
from .part_pool import PartPool
from .projector import Projector
from .query_decoder import QueryDecoder
from .sequence_decoder import SequenceDecoder
from .sequence_pool import SequencePool

__all__ = ['MotionDecoder', 'PartPool', 'Projector', 'QueryDecoder', 'SequenceDecoder', 'SequencePool']
