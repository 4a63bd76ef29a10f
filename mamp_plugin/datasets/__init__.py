"""Data sets and transforms."""

from . import transforms
from .skeleton_dataset import SkeletonDataset
from .synthetic import SyntheticSkeletonDataset

__all__ = ['SkeletonDataset', 'SyntheticSkeletonDataset', 'transforms']
