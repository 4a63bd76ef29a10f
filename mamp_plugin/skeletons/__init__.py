"""Skeleton layouts."""

from .layout import Axis, SkeletonLayout
from .table import LAYOUTS, get_layout, register_layout

__all__ = ['LAYOUTS', 'Axis', 'SkeletonLayout', 'get_layout', 'register_layout']
