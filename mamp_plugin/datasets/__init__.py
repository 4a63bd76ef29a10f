"""Data sets and transforms."""

from . import transforms
from .mixed_layouts import MixedLayoutBatchSampler, MixedLayoutDataset
from .retrieval_dataset import RetrievalDataset
from .skeleton_dataset import SkeletonDataset
from .subset_dataset import SubsetDataset
from .synthetic_dataset import SyntheticSkeletonDataset
from .synthetic_untrimmed_dataset import SyntheticUntrimmedDataset
from .untrimmed_dataset import UntrimmedSkeletonDataset

__all__ = [
    'MixedLayoutBatchSampler',
    'MixedLayoutDataset',
    'RetrievalDataset',
    'SkeletonDataset',
    'SubsetDataset',
    'SyntheticSkeletonDataset',
    'SyntheticUntrimmedDataset',
    'UntrimmedSkeletonDataset',
    'transforms',
]
