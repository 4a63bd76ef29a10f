"""Annotation pickle of mmaction2 or pyskl (ntu60_3d.pkl and the like), read without executing any code in it.

Samples and splits stay as they are; coordinates and scores become float32, and the file is written with protocol 5.
"""

import argparse
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from mamp_plugin.datasets.annotations.content import class_names_in
from mamp_plugin.datasets.annotations.safe_pickle import load_annotations
from mamp_plugin.skeletons import LAYOUTS, fitting_layouts

from ..converted import Converted
from ..preparation import Preparation, add_layout_arguments, named_layout
from ..raw_files import RawDataError


class MmactionPickle(Preparation):
    """Single pickle: ``dict(split, annotations)`` or a list of annotations.

    Args:
        raw (Sequence[str]): Pickle file.
        layout (str, optional): Layout of the skeletons: name or JSON file. Defaults to None: the only one that
            fits joints and coordinates.
    """

    name = 'pickle'
    title = 'annotation pickle of mmaction2 or pyskl'
    out = ''

    def __init__(self, raw: Sequence[str], layout: Optional[str] = None) -> None:
        super().__init__(raw)
        if len(self.files.files) != 1 or self.files.files[0].archived:
            raise RawDataError(f'expected one annotation pickle, found {", ".join(self.files.paths)}')
        (self.path,) = self.files.paths
        content = load_annotations(self.path)
        parts = content if isinstance(content, dict) else dict(split={}, annotations=content)
        self.annotations, self.split = parts.get('annotations'), parts.get('split')
        if not isinstance(self.annotations, list) or not self.annotations or not isinstance(self.split, dict):
            raise RawDataError(f'{self.path}: expected a list of annotations or a dict with split and annotations')
        try:
            self.classes = class_names_in(parts, self.path)
        except ValueError as error:
            raise RawDataError(str(error)) from None
        for split, names in self.split.items():
            if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
                raise RawDataError(f'{self.path}: expected split {split!r} to be a list of names')
        self.layout = self._only_layout() if layout is None else named_layout(layout)
        self.num_classes = 0  # not known, not checked

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        add_layout_arguments(parser, required=False)

    def _only_layout(self) -> str:
        """Return the only layout that the first sample may have."""
        joints, coordinates = self._keypoint(0).shape[2:]
        names = fitting_layouts(joints, coordinates)
        if len(names) == 1:
            return names[0]
        if names:
            raise RawDataError(f'{self.path}: {joints} joints may be {", ".join(names)}; choose one with --layout NAME')
        known = ', '.join(f'{layout.name} {layout.num_joints}' for layout in LAYOUTS.values())
        raise RawDataError(
            f'{self.path}: no layout has {joints} joints ({known}); describe yours in a JSON file, --layout FILE.json'
        )

    def _keypoint(self, index: int) -> np.ndarray:
        sample = self.annotations[index]
        keypoint = sample.get('keypoint') if isinstance(sample, dict) else None
        if not isinstance(keypoint, np.ndarray) or keypoint.ndim != 4 or keypoint.dtype.kind not in 'fiu':
            raise RawDataError(
                f'{self.path}: annotation {index}: expected keypoint of shape (persons, frames, joints, coordinates)'
            )
        return keypoint

    def items(self) -> List[tuple]:
        return [(index, *self.files.files) for index in range(len(self.annotations))]

    def convert(self, item: tuple, converted: Converted) -> None:
        index, _ = item
        keypoint = self._keypoint(index).astype(np.float32)
        sample = dict(self.annotations[index], keypoint=keypoint)
        name = sample.get('frame_dir')
        where = f'{self.path}: annotation {index} ({name})'
        if not isinstance(name, str):
            raise RawDataError(f'{where}: expected frame_dir, the name of the sample, to be a str')
        if keypoint.shape[2] != converted.layout.num_joints:
            raise RawDataError(f'{where}: expected {converted.layout.num_joints} joints, found {keypoint.shape[2]}')
        if sample.setdefault('total_frames', keypoint.shape[1]) != keypoint.shape[1] or not keypoint.shape[1]:
            raise RawDataError(
                f'{where}: total_frames {sample["total_frames"]}, but {keypoint.shape[1]} frames in keypoint'
            )
        if not isinstance(sample.get('label', 0), (int, np.integer)) or sample.get('label', 0) < 0:
            raise RawDataError(f'{where}: expected a label from 0 on, found {sample["label"]!r}')
        if 'keypoint_score' in sample:
            sample['keypoint_score'] = self._score(sample, where)
        if not np.isfinite(keypoint).all():
            converted.remark(name, 'NaN or infinite coordinates, kept')
        converted.annotations.append(sample)

    @staticmethod
    def _score(sample: Dict[str, Any], where: str) -> np.ndarray:
        score, expected = sample['keypoint_score'], sample['keypoint'].shape[:3]
        if not isinstance(score, np.ndarray) or score.shape != expected or score.dtype.kind not in 'fiu':
            raise RawDataError(f'{where}: expected keypoint_score of shape {expected}')
        return score.astype(np.float32)

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        names = {annotation['frame_dir'] for annotation in annotations}
        for split, members in self.split.items():
            absent = len(set(members) - names)
            if absent:
                self.notes.append(f'{absent} names of split {split} have no sample; they were dropped')
        return {split: [name for name in members if name in names] for split, members in self.split.items()}
