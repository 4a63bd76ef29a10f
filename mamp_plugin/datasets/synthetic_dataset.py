"""Synthetic data set of everyday actions, computed on access."""

from itertools import product
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

import numpy as np
from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATASETS

from mamp_plugin.skeletons import LayoutLike, get_layout

from .synthetic.actions import ACTIONS, CLASSES
from .synthetic.body import joint_weights
from .synthetic.performance import Subject, perform
from .synthetic.sensor import VIEWS, image_size, record, view_from


class _Take(NamedTuple):
    """Performance recorded by one camera."""

    view: int
    subject: int
    repetition: int
    label: int

    @property
    def name(self) -> str:
        """Name in the style of NTU RGB+D, numbers from one."""
        return 'S001C{:03d}P{:03d}R{:03d}A{:03d}'.format(*(number + 1 for number in self))


#: Even subjects train and odd ones validate; the first camera validates and the others train.
SPLITS = {
    'xsub_train': lambda take: take.subject % 2 == 0,
    'xsub_val': lambda take: take.subject % 2 == 1,
    'xview_train': lambda take: take.view != 0,
    'xview_val': lambda take: take.view == 0,
}


def check_arguments(split: Optional[str], **numbers: Tuple[int, int]) -> None:
    """Check a split, and whole numbers given with their lower bounds."""
    if split is not None and split not in SPLITS:
        raise ValueError(f'unknown split {split!r}; known splits: {", ".join(SPLITS)}, or None for everything')
    for name, (value, least) in numbers.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f'{name} must be a whole number of at least {least}, got {value!r}')


@DATASETS.register_module()
class SyntheticSkeletonDataset(BaseActionDataset):
    """Synthetic sequences of sixteen everyday actions from three cameras.

    Subjects differ in body, tempo, habits and handedness. Samples have the keys of :class:`SkeletonDataset` on NTU
    RGB+D. A sequence depends on ``seed``, ``layout`` and its name only, not on the split, the order of access or the
    worker.

    Args:
        pipeline (list[dict | callable]): Transforms.
        split (str, optional): One of :data:`SPLITS`. Defaults to None, all sequences.
        layout (str or dict): Skeleton layout: name, dict or JSON file. 2D layouts give pixels and scores. Defaults to
            ``'nturgb+d'``.
        seed (int): Seed of the subjects and their performances. Defaults to 0.
        num_subjects (int): Number of subjects. Defaults to 32.
        num_repetitions (int): Performances of every action by every subject. Defaults to 1.
        **kwargs: Arguments of :class:`mmaction.datasets.BaseActionDataset`.
    """

    METAINFO = dict(classes=CLASSES)

    def __init__(
        self,
        pipeline: List[Union[Dict, Callable]],
        split: Optional[str] = None,
        layout: LayoutLike = 'nturgb+d',
        seed: int = 0,
        num_subjects: int = 32,
        num_repetitions: int = 1,
        **kwargs: Any,
    ) -> None:
        check_arguments(split, seed=(seed, 0), num_subjects=(num_subjects, 1), num_repetitions=(num_repetitions, 1))
        self.split = split
        self.layout = get_layout(layout)
        self.seed = seed
        self.num_subjects = num_subjects
        self.num_repetitions = num_repetitions
        self._joints = joint_weights(self.layout.joints)
        self._subjects = [Subject.draw(self._rng(0, number)) for number in range(num_subjects)]
        super().__init__('', pipeline=pipeline, modality='Pose', **kwargs)
        self._metainfo['layout'] = self.layout.name

    def takes(self, split: Optional[str] = None) -> List[_Take]:
        """Return the takes of a split, or all takes."""
        takes = product(range(len(VIEWS)), range(self.num_subjects), range(self.num_repetitions), range(len(ACTIONS)))
        return [take for take in map(_Take._make, takes) if split is None or SPLITS[split](take)]

    def load_data_list(self) -> List[Dict]:
        """Return names and labels; sequences are computed on access."""
        takes = self.takes(self.split)
        if not takes:
            raise ValueError(
                f'split {self.split!r} is empty with num_subjects={self.num_subjects}; two subjects fill every split'
            )
        return [dict(frame_dir=take.name, label=take.label, take=tuple(take)) for take in takes]

    def _get_unserialized_subset(self, indices: Any) -> list:
        subset = super()._get_unserialized_subset(indices)
        if not subset:
            raise ValueError(f'indices={indices!r} selects none of {len(self.data_list)} sequences')
        return subset

    def get_data_info(self, idx: int) -> Dict:
        """Return the sequence at ``idx`` as a sample for the pipeline."""
        sample = super().get_data_info(idx)
        sample.update(self._record(_Take(*sample.pop('take'))), layout=self.layout.name)
        return sample

    def _rng(self, *purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *purpose])

    def _record(self, take: _Take) -> Dict[str, Any]:
        """Return ``total_frames``, ``keypoint`` ``(M, T, V, C)`` and, for pixels, ``keypoint_score`` and image size."""
        rng = self._rng(1, *take)
        heading = rng.normal(0, 25)
        bodies = perform(rng, self._subjects[take.subject], ACTIONS[take.label])
        rng = self._rng(2, *take)
        keypoint = view_from(rng, self._joints @ bodies, take.view, heading)
        return dict(
            total_frames=keypoint.shape[1], **record(rng, keypoint, self.layout.dims), **image_size(self.layout.dims)
        )
