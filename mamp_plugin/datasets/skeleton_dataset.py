"""mmaction2's pose data set, with safe reading and with errors that speak of the user's file."""

from typing import Dict, List, Optional

from mmaction.datasets import PoseDataset
from mmaction.registry import DATASETS

from mamp_plugin.skeletons import get_layout

from .annotations.content import (
    check_joints,
    check_keypoint,
    check_names,
    check_split,
    name_of,
    parts_of,
    refuse_empty,
    refuse_single_files,
)
from .annotations.safe_pickle import load_annotations


@DATASETS.register_module()
class SkeletonDataset(PoseDataset):
    """Skeleton sequences from a PoseDataset pickle.

    The pickle holds ``split`` (name to list of sample names) and ``annotations`` (dicts with ``frame_dir``, ``label``,
    ``total_frames`` and ``keypoint`` of shape ``(M, T, V, C)``), or a plain list of such dicts.

    Args:
        ann_file (str): The pickle file. Only arrays and plain containers are read from it.
        layout (str, optional): The skeleton layout the data must have. Not checked if None.
        **kwargs: ``PoseDataset``'s: ``pipeline``, ``split``, ``test_mode``, ``indices`` and so on.
    """

    def __init__(self, ann_file: str, *args, layout: Optional[str] = None, **kwargs) -> None:
        self.layout = layout and get_layout(layout)
        super().__init__(ann_file, *args, **kwargs)

    def load_data_list(self) -> List[Dict]:
        refuse_single_files(self.data_prefix)
        content = parts_of(load_annotations(self.ann_file), self.ann_file)
        check_names(content, self.ann_file)
        samples = content.annotations
        if self.split is not None:
            check_split(content.splits, self.split, self.ann_file)
            chosen = set(content.splits[self.split])
            samples = [sample for sample in samples if name_of(sample) in chosen]
        if not samples:
            refuse_empty(self.split, self.ann_file)
        for sample in samples:
            check_keypoint(sample, self.ann_file)
            if self.layout:
                check_joints(name_of(sample), sample['keypoint'].shape[2], self.layout, self.ann_file)
        return samples
