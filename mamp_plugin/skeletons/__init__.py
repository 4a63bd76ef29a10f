"""Skeleton layouts."""

from .layouts import LAYOUTS, Axis, SkeletonLayout, get_layout

__all__ = ['LAYOUTS', 'Axis', 'SkeletonLayout', 'get_layout']
