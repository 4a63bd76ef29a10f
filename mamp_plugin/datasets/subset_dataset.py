"""Random subset of a data set for semi-supervised learning."""

import copy
from math import floor
from typing import Any, Dict, List, Sequence, Union

import numpy as np
from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset, ConcatDataset, force_full_init
from mmengine.logging import print_log


@DATASETS.register_module()
class SubsetDataset:
    """Random subset of the samples of another data set, in their order.

    The choice depends only on ``seed`` and the number of samples, with ``per_class`` also on their labels, so all ranks
    and all runs use the same subset. With the same seed, a smaller subset is part of a larger one.

    A data set that is no wrapper is cut down to the subset, and a sample that its pipeline skips is replaced by another
    one of the subset. The parts of a wrapper such as ``ConcatDataset`` stay whole.

    Args:
        dataset (dict | BaseDataset): Data set, or its config; any data set of mmaction2 or mmengine.
        fraction (float): Share of the samples in (0, 1], rounded down to whole samples, at least one.
        seed (int): Seed of the choice. Defaults to 0.
        per_class (bool): Apply the share to every class, at least one sample each. Defaults to False: the choice
            ignores classes.
        lazy_init (bool): Choose on first use. Defaults to False.
    """

    def __init__(
        self,
        dataset: Union[Dict, BaseDataset],
        fraction: float,
        seed: int = 0,
        per_class: bool = False,
        lazy_init: bool = False,
    ) -> None:
        if isinstance(fraction, bool) or not isinstance(fraction, (int, float)) or not 0 < fraction <= 1:
            raise ValueError(f'fraction must be a number above 0 and up to 1, got {fraction!r}; 0.1 keeps 10 %')
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
            raise ValueError(f'seed must be a whole number from 0 to 2**32 - 1, got {seed!r}')
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self.fraction = fraction
        self.seed = seed
        self.per_class = per_class
        self._fully_initialized = False
        if not lazy_init:
            self.full_init()

    @property
    def metainfo(self) -> Dict:
        """Meta information of the data set."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Load the annotations and choose the subset."""
        if self._fully_initialized:
            return
        self.dataset.full_init()
        total = len(self.dataset)
        if total == 0:
            raise ValueError(f'{type(self.dataset).__name__} has no samples to choose from; check its split')
        self._chosen = self._choose_per_class() if self.per_class else self._choose(np.arange(total), self.seed)
        if isinstance(self.dataset, BaseDataset):
            self.dataset = copy.copy(self.dataset)  # the instance of the caller stays whole
            self.dataset.get_subset_(self._chosen)
            self._positions: Sequence[int] = range(len(self._chosen))
        else:
            self._positions = self._chosen
        self._fully_initialized = True
        print_log(f'{len(self)} of {total} samples kept (fraction {self.fraction}, seed {self.seed})', logger='current')

    @property
    @force_full_init
    def chosen(self) -> List[int]:
        """Indices of the subset in the data set, ascending."""
        return list(self._chosen)

    @force_full_init
    def get_data_info(self, idx: int) -> Dict:
        """Return the sample at ``idx`` of the subset before the pipeline."""
        return self.dataset.get_data_info(self._positions[idx])

    @force_full_init
    def __getitem__(self, idx: int) -> Any:
        return self.dataset[self._positions[idx]]

    @force_full_init
    def __len__(self) -> int:
        return len(self._positions)

    def _choose(self, candidates: np.ndarray, *seed: int) -> List[int]:
        # Rounded before floor, because 0.29 * 100 is slightly less than 29.
        count = max(1, floor(round(self.fraction * len(candidates), 6)))
        # RandomState is frozen by NumPy, so published subsets stay reproducible.
        order = np.random.RandomState(seed).permutation(len(candidates))
        return sorted(candidates[order[:count]].tolist())

    def _choose_per_class(self) -> List[int]:
        labels = np.array(_labels(self.dataset))
        num_classes = max(len(self.metainfo.get('classes', ())), labels.max() + 1)
        members = [np.flatnonzero(labels == label) for label in range(num_classes)]
        empty = [str(label) for label, found in enumerate(members) if not len(found)]
        if empty:
            raise ValueError(
                f'per_class=True needs a sample of every class, but {type(self.dataset).__name__} has none of '
                f'{len(empty)} of {num_classes}: {", ".join(empty[:10])}; choose another split, or set per_class=False'
            )
        return sorted(index for label, found in enumerate(members) for index in self._choose(found, self.seed, label))


def _labels(dataset: Any) -> List[int]:
    """Return the label of every sample."""
    if isinstance(dataset, ConcatDataset):
        return [label for part in dataset.datasets for label in _labels(part)]
    # BaseDataset's own method returns the annotation; overrides may compute or decode a whole sequence.
    read = BaseDataset.get_data_info if isinstance(dataset, BaseDataset) else type(dataset).get_data_info
    labels = [read(dataset, index).get('label') for index in range(len(dataset))]
    for index, label in enumerate(labels):
        if isinstance(label, bool) or not isinstance(label, (int, np.integer)) or label < 0:
            raise ValueError(
                f'per_class=True needs samples with one class each, but the label of sample {index} of '
                f'{type(dataset).__name__} is {label!r}; give it a label from 0 up, or set per_class=False'
            )
    return labels
