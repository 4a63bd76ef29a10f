"""Skeleton sequences of an annotation file or a store."""

import logging
from collections.abc import Sequence
from typing import Any, Dict, Optional, Tuple

import numpy as np
import torch
from mmaction.datasets import PoseDataset
from mmaction.registry import DATASETS
from mmengine.logging import print_log

from mamp_plugin.registry_aliases import register_alias
from mamp_plugin.skeletons import LayoutLike

from .annotations.content import check_coordinates, check_joints, check_persons, name_of, refuse_single_files
from .annotations.source import open_source
from .annotations.store import StoredAnnotations
from .transforms.sample import explicit_layout


@DATASETS.register_module()
class SkeletonDataset(PoseDataset):
    """Skeleton sequences of a ``PoseDataset`` pickle, or of a store made from one.

    The pickle holds ``split`` (names of the sequences by split) and ``annotations`` (dicts with ``frame_dir``,
    ``label``, ``total_frames`` and ``keypoint`` of shape ``(M, T, V, C)``), or a plain list of such dicts. A store
    (``tools/data/make_store.py`` or ``tools/data/prepare.py --store``) gives the same samples in the same order, read
    on access from memory-mapped files: it has nothing to serialize and does not support ``valid_ratio``.

    Samples are those of ``PoseDataset``, with the name of the layout as ``layout``. Names of the classes in the file
    (``classes``) become ``metainfo['classes']``, which checkpoints record, unless ``metainfo`` of the config has some.

    Args:
        ann_file (str): Pickle file, of which only arrays and plain containers are read, or folder of a store.
        layout (str or dict, optional): Skeleton layout, which the sequences are checked against: name, dict or JSON
            file. Transforms take it from the samples. Defaults to None: no check, and the transforms have to be told.
        on_bad_sample (str): ``'raise'`` an error for a defective training sample, or ``'skip'`` it: the next one takes
            its place, a warning names it, and more than 1 % of defective samples are an error. Defaults to
            ``'raise'``.
        **kwargs: Arguments of ``PoseDataset``: ``pipeline``, ``split``, ``test_mode``, ``indices`` and so on.
    """

    def __init__(
        self,
        ann_file: str,
        *args: Any,
        layout: Optional[LayoutLike] = None,
        on_bad_sample: str = 'raise',
        **kwargs: Any,
    ) -> None:
        if on_bad_sample not in ('raise', 'skip'):
            raise ValueError(f"on_bad_sample must be 'raise' or 'skip', got {on_bad_sample!r}")
        self.layout = explicit_layout(layout)
        self.on_bad_sample = on_bad_sample
        #: By index, the names of skipped samples.
        self._skipped: Dict[int, str] = {}
        super().__init__(ann_file, *args, **kwargs)
        if self.test_mode and on_bad_sample == 'skip':
            raise ValueError(
                "on_bad_sample='skip' is for training: a test must have all samples; repair or remove them"
            )
        if self.layout:
            self._metainfo['layout'] = self.layout.name

    def load_data_list(self) -> Sequence:
        """Return the annotations of the split, checked: a list, or those of a store, which are read on access."""
        refuse_single_files(self.data_prefix)
        source = open_source(self.ann_file)
        rows = source.rows(self.split)
        num_persons, _, num_joints, _ = source.shapes(rows).T
        crowd = num_persons.argmax()
        check_persons(name_of(source.annotation(rows[crowd])), num_persons[crowd], self.ann_file)
        if self.layout:
            for index in np.flatnonzero(num_joints != self.layout.num_joints)[:1]:
                name = name_of(source.annotation(rows[index]))
                check_joints(f'sample {name!r} of {self.ann_file}', [int(num_joints[index])], self.layout)
        classes = source.class_names()
        if classes is not None:
            self._metainfo.setdefault('classes', tuple(classes))
        annotations = source.select(rows)
        if isinstance(annotations, StoredAnnotations) and self.valid_ratio is not None:
            raise ValueError(
                f'valid_ratio={self.valid_ratio} is not supported by a store, found {self.ann_file}: leave sequences '
                'with too few poses out of the annotation file before tools/data/make_store.py, or use that file'
            )
        return annotations

    def get_data_info(self, idx: int) -> Dict:
        """Return the sequence at ``idx`` as a sample for the pipeline."""
        if not self._fully_initialized:
            self.full_init()
        stored = isinstance(self.data_list, StoredAnnotations)
        sample = self._read_store(idx) if stored else super().get_data_info(idx)
        if self.layout:
            sample['layout'] = self.layout.name
        return sample

    def prepare_data(self, idx: int) -> Any:
        """Return the sample at ``idx`` after the pipeline, or the next sound one if defective ones are skipped."""
        if self.on_bad_sample == 'raise':
            return super().prepare_data(idx)
        try:
            check_coordinates(self.get_data_info(idx), self.ann_file)
            return super().prepare_data(idx)
        except (ValueError, KeyError) as error:
            self._skip(idx, error)
        return self.prepare_data((idx + 1) % len(self))

    def _skip(self, idx: int, error: Exception) -> None:
        if idx in self._skipped:
            return
        # the arrays of a store may be what cannot be read
        stored = isinstance(self.data_list, StoredAnnotations)
        self._skipped[idx] = str(name_of(self.data_list[idx] if stored else super().get_data_info(idx)))
        print_log(f'skipped sample {self._skipped[idx]}: {error.args[0]}', 'current', logging.WARNING)
        if len(self._skipped) > max(1, len(self) // 100):
            raise ValueError(
                f'{len(self._skipped)} of {len(self)} samples of {self.ann_file} are defective, more than 1 %: '
                f'{", ".join(list(self._skipped.values())[:10])}; look at them with tools/data/inspect_data.py'
            ) from error

    def _read_store(self, idx: int) -> Dict:
        # As in the base classes, whose deep copy of the values would take longer than all the rest.
        sample = self.data_list.sample(idx)
        sample['sample_idx'] = idx if idx >= 0 else len(self) + idx
        sample['modality'] = self.modality
        sample['start_index'] = self.start_index
        if self.multi_class:
            sample['label'] = torch.zeros(self.num_classes).scatter(0, torch.as_tensor(sample['label']), 1)
        return sample

    def _get_unserialized_subset(self, indices: Any) -> Sequence:
        if isinstance(self.data_list, StoredAnnotations) and isinstance(indices, Sequence):
            return self.data_list.take(indices)
        return super()._get_unserialized_subset(indices)

    def _serialize_data(self) -> Tuple[np.ndarray, np.ndarray]:
        if not isinstance(self.data_list, StoredAnnotations):
            return super()._serialize_data()
        self.serialize_data = False
        return np.empty(0, np.uint8), np.empty(0, np.int64)

    def _copy_without_annotation(self, memo: Optional[dict] = None) -> 'SkeletonDataset':
        # mmengine's default memo is shared by all calls, so a data set at a reused address gets another one's copies.
        other = super()._copy_without_annotation({} if memo is None else memo)
        other.data_list = []
        return other


register_alias(DATASETS, 'SkeletonStoreDataset', SkeletonDataset)
