"""Skeleton layouts."""

from .layout import Axis, SkeletonLayout
from .registry import LAYOUTS, LayoutLike, fitting_layouts, get_layout, portable_layout, register_layout

__all__ = [
    'LAYOUTS',
    'Axis',
    'LayoutLike',
    'SkeletonLayout',
    'fitting_layouts',
    'get_layout',
    'portable_layout',
    'register_layout',
]
