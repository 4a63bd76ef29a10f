"""Data sets and transforms."""

from . import transforms
from .skeleton_dataset import SkeletonDataset
from .subset_dataset import SubsetDataset
from .synthetic import SyntheticSkeletonDataset

__all__ = ['SkeletonDataset', 'SubsetDataset', 'SyntheticSkeletonDataset', 'transforms']
