"""Data sets and transforms."""

from . import transforms
from .skeleton_dataset import SkeletonDataset

__all__ = ['SkeletonDataset', 'transforms']
