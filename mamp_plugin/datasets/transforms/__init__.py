"""Transforms of skeleton sequences for mmaction2 pipelines."""

from .augment import CorruptJoints, RandomRotate3D, RandomShear3D
from .center import CenterSkeleton
from .crop import CropResizeFrames
from .crop_forecast import CropForecastFrames
from .frames import DropEmptyFrames, PadEmptyFrames
from .masks import MaskBodyParts, MaskTokens, MotionAwareMask, RandomMask
from .occlude import OccludeBodyParts, OccludeFrames
from .repair import RepairCoordinates
from .scale import NormalizeImage2D, ScaleSkeleton
from .stream import SkeletonStream
from .views import MultiView

__all__ = [
    'CenterSkeleton',
    'CorruptJoints',
    'CropForecastFrames',
    'CropResizeFrames',
    'DropEmptyFrames',
    'MaskBodyParts',
    'MaskTokens',
    'MotionAwareMask',
    'MultiView',
    'NormalizeImage2D',
    'OccludeBodyParts',
    'OccludeFrames',
    'PadEmptyFrames',
    'RandomMask',
    'RandomRotate3D',
    'RandomShear3D',
    'RepairCoordinates',
    'ScaleSkeleton',
    'SkeletonStream',
]
