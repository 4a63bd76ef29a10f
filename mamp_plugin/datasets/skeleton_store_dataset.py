"""Skeleton sequences from a store, which opens at once and shares its memory among all processes."""

from collections.abc import Sequence
from typing import Any, Callable, Dict, List, Optional, Union

import numpy as np
import torch
from mmaction.datasets import PoseDataset
from mmaction.registry import DATASETS

from mamp_plugin.skeletons import get_layout

from .annotations.content import check_joints, name_of, refuse_single_files
from .annotations.store import SkeletonStore


class StoredAnnotations(Sequence):
    """Annotations of a store as a list, read when asked for and without their arrays.

    Args:
        store (SkeletonStore): The store.
        rows (list[int]): Which of its sequences.
    """

    def __init__(self, store: SkeletonStore, rows: List[int]) -> None:
        self.store = store
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Union[int, slice]) -> Any:
        if isinstance(index, slice):
            return StoredAnnotations(self.store, self.rows[index])
        return self.store.values(self.rows[index])


@DATASETS.register_module()
class SkeletonStoreDataset(PoseDataset):
    """Skeleton sequences from a store that ``tools/data/make_store.py`` made.

    Samples, their order and errors are those of :class:`SkeletonDataset` on the annotation file of which the store was
    made. Nothing is in memory that could be serialised, so ``serialize_data`` has no effect.

    Args:
        ann_file (str): The store.
        pipeline (list[dict | callable]): Transforms.
        split (str, optional): The split. Defaults to None, all sequences.
        layout (str, optional): The skeleton layout the data must have. Not checked if None.
        **kwargs: ``PoseDataset``'s: ``test_mode``, ``indices`` and so on, but not ``valid_ratio``.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: List[Union[Dict, Callable]],
        split: Optional[str] = None,
        layout: Optional[str] = None,
        **kwargs,
    ) -> None:
        if kwargs.get('valid_ratio') is not None:
            raise ValueError(
                f'valid_ratio={kwargs["valid_ratio"]} is not supported by a store: leave sequences with too few poses '
                'out of the annotation file before tools/data/make_store.py, or use SkeletonDataset'
            )
        self.layout = layout and get_layout(layout)
        kwargs['serialize_data'] = False
        super().__init__(ann_file, pipeline=pipeline, split=split, **kwargs)

    def load_data_list(self) -> StoredAnnotations:
        """Opens the store; no sequence is read."""
        refuse_single_files(self.data_prefix)
        store = SkeletonStore(self.ann_file)
        rows = store.rows(self.split)
        if self.layout:
            num_joints = store.shapes(rows)[:, 2]
            for wrong in np.flatnonzero(num_joints != self.layout.num_joints)[:1]:
                name = name_of(store.values(rows[wrong]))
                check_joints(name, int(num_joints[wrong]), self.layout, self.ann_file)
        return StoredAnnotations(store, rows.tolist())

    def get_data_info(self, idx: int) -> Dict:
        """The sequence at ``idx`` as a sample for the pipeline."""
        self.full_init()
        sample = self.data_list.store.annotation(self.data_list.rows[idx])
        # what mmengine and mmaction2 add; theirs would copy the values once more, which takes longer than all the rest
        sample['sample_idx'] = idx if idx >= 0 else len(self) + idx
        sample['modality'] = self.modality
        sample['start_index'] = self.start_index
        if self.multi_class:
            sample['label'] = torch.zeros(self.num_classes).scatter(0, torch.as_tensor(sample['label']), 1)
        return sample

    def _get_unserialized_subset(self, indices: Any) -> StoredAnnotations:
        if isinstance(indices, Sequence):
            return StoredAnnotations(self.data_list.store, [self.data_list.rows[index] for index in indices])
        return super()._get_unserialized_subset(indices)
