"""Where sequences come from."""

from .synthetic import SyntheticSkeletonDataset

__all__ = ['SyntheticSkeletonDataset']
