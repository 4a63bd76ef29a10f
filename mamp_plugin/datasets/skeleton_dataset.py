"""mmaction2's pose data set, with safe reading and with errors that speak of the user's file."""

from typing import Any, Dict, List, Optional

import numpy as np
from mmaction.datasets import PoseDataset
from mmaction.registry import DATASETS

from mamp_plugin.skeletons import get_layout

from .safe_pickle import load_annotations


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
        content = load_annotations(self.ann_file)
        samples = self._select(content)
        if not samples:
            where = f"split '{self.split}' of annotation file" if self.split is not None else 'annotation file'
            raise ValueError(f'{where} {self.ann_file} is empty; choose another split or make the file again')
        for sample in samples:
            self._check(sample)
        return samples

    def _select(self, content: Any) -> List[Dict]:
        if self.split is None:
            return content['annotations'] if isinstance(content, dict) else content
        if not isinstance(content, dict) or not {'split', 'annotations'} <= set(content):
            raise ValueError(
                f"annotation file {self.ann_file} has no splits, so split='{self.split}' cannot be found in it; "
                'set split=None, or write the file as dict(split=..., annotations=...)'
            )
        if self.split not in content['split']:
            raise ValueError(
                f"split '{self.split}' is not in annotation file {self.ann_file}; "
                f'it has {", ".join(map(str, content["split"]))}'
            )
        chosen = set(content['split'][self.split])
        return [sample for sample in content['annotations'] if name_of(sample) in chosen]

    def _check(self, sample: Dict) -> None:
        keypoint = sample.get('keypoint')
        if not isinstance(keypoint, np.ndarray) or keypoint.ndim != 4:
            found = getattr(keypoint, 'shape', type(keypoint).__name__)
            raise ValueError(
                f"sample '{name_of(sample)}' of {self.ann_file}: keypoint must be an array of shape "
                f'(persons, frames, joints, coordinates), found {found}'
            )
        if self.layout and keypoint.shape[2] != self.layout.num_joints:
            raise ValueError(
                f"sample '{name_of(sample)}' of {self.ann_file} has {keypoint.shape[2]} joints, but layout "
                f"'{self.layout.name}' has {self.layout.num_joints}; set the layout that the file was made with"
            )


def name_of(sample: Dict) -> str:
    """The name by which splits know a sample."""
    return sample.get('filename', sample.get('frame_dir'))
