"""Synthetic data set of untrimmed sequences."""

from itertools import product
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Union

import numpy as np
from mmaction.registry import DATASETS

from mamp_plugin.skeletons import LayoutLike, get_layout

from .synthetic.actions import ACTIONS, CLASSES
from .synthetic.body import joint_weights
from .synthetic.chain import perform_chain
from .synthetic.performance import Subject
from .synthetic.sensor import VIEWS, image_size, record, view_from
from .synthetic_dataset import SPLITS, check_arguments
from .untrimmed_dataset import UntrimmedSkeletonDataset


class _Video(NamedTuple):
    """Chain of actions recorded by one camera."""

    view: int
    subject: int
    repetition: int

    @property
    def name(self) -> str:
        """Name in the style of NTU RGB+D, numbers from one."""
        return 'S001C{:03d}P{:03d}R{:03d}'.format(*(number + 1 for number in self))


@DATASETS.register_module()
class SyntheticUntrimmedDataset(UntrimmedSkeletonDataset):
    """Windows over synthetic sequences of several actions with background between them, half a minute each.

    Samples are those of :class:`UntrimmedSkeletonDataset`; subjects, actions, cameras and splits are those of
    :class:`SyntheticSkeletonDataset`. A sequence depends on ``seed``, ``layout`` and its name only. All sequences are
    computed when the data set is initialized, in about 15 ms each.

    Args:
        pipeline (list[dict | callable]): Transforms.
        window (int): Frames of a window.
        stride (int): Frames from one window to the next, at most ``window``.
        split (str, optional): One of :data:`SPLITS`. Defaults to None, all sequences.
        layout (str or dict): Skeleton layout: name, dict or JSON file. 2D layouts give pixels and scores. Defaults to
            ``'nturgb+d'``.
        seed (int): Seed of the subjects and their performances. Defaults to 0.
        num_subjects (int): Number of subjects. Defaults to 32.
        num_repetitions (int): Chains of every subject per camera. Defaults to 1.
        **kwargs: Arguments of :class:`UntrimmedSkeletonDataset`.
    """

    METAINFO = dict(classes=CLASSES)

    def __init__(
        self,
        pipeline: List[Union[Dict, Callable]],
        window: int,
        stride: int,
        split: Optional[str] = None,
        layout: LayoutLike = 'nturgb+d',
        seed: int = 0,
        num_subjects: int = 32,
        num_repetitions: int = 1,
        **kwargs: Any,
    ) -> None:
        check_arguments(split, seed=(seed, 0), num_subjects=(num_subjects, 1), num_repetitions=(num_repetitions, 1))
        self.seed = seed
        self.num_subjects = num_subjects
        self.num_repetitions = num_repetitions
        self._skeleton = get_layout(layout)
        super().__init__(
            '',
            pipeline=pipeline,
            num_classes=len(ACTIONS),
            window=window,
            stride=stride,
            split=split,
            layout=self._skeleton,
            **kwargs,
        )

    def takes(self, split: Optional[str] = None) -> List[_Video]:
        """Return the takes of a split, or all takes."""
        takes = product(range(len(VIEWS)), range(self.num_subjects), range(self.num_repetitions))
        return [take for take in map(_Video._make, takes) if split is None or SPLITS[split](take)]

    def load_data_list(self) -> List[Dict]:
        """Compute the sequences of the split."""
        takes = self.takes(self.split)
        if not takes:
            raise ValueError(
                f'split {self.split!r} is empty with num_subjects={self.num_subjects}; two subjects fill every split'
            )
        return list(self.sequences(takes))

    def sequences(self, takes: List[_Video]) -> Iterator[Dict]:
        """Compute the sequences of takes one by one."""
        subjects = [Subject.draw(np.random.default_rng([self.seed, 0, number])) for number in range(self.num_subjects)]
        for take in takes:
            yield self._record(take, subjects[take.subject])

    def _record(self, take: _Video, subject: Subject) -> Dict:
        joints, dims = joint_weights(self._skeleton.joints), self._skeleton.dims
        rng = np.random.default_rng([self.seed, 3, *take])
        chain = perform_chain(rng, subject)
        rng = np.random.default_rng([self.seed, 4, *take])
        keypoint = view_from(rng, joints @ chain.bodies, take.view, rng.normal(0, 25))
        parts = [record(rng, keypoint[:persons, start:end], dims) for start, end, persons in chain.stretches]
        recorded = {key: np.concatenate([part[key] for part in parts], axis=1) for key in parts[0]}
        return dict(
            frame_dir=take.name,
            total_frames=keypoint.shape[1],
            segments=chain.segments,
            **recorded,
            **image_size(dims),
        )
