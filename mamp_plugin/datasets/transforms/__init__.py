"""Transforms of skeleton sequences, for mmaction2's pipelines."""

from .augment import RandomRotate3D
from .crop import CropResizeFrames
from .frames import DropEmptyFrames, PadEmptyFrames
from .masks import MotionAwareMask, RandomMask
from .normalise import CentreSkeleton
from .repair import RepairCoordinates
from .stream import SkeletonStream

__all__ = [
    'CentreSkeleton',
    'CropResizeFrames',
    'DropEmptyFrames',
    'MotionAwareMask',
    'PadEmptyFrames',
    'RandomMask',
    'RandomRotate3D',
    'RepairCoordinates',
    'SkeletonStream',
]
