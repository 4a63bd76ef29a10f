"""Annotations converted from raw files, with the checks common to all data sets."""

from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout
from mamp_plugin.skeletons.presence import MAX_COORDINATE, present_frames

from .raw_files import RawDataError


class Converted:
    """Annotations, skipped sequences and remarks.

    Args:
        layout (SkeletonLayout): Layout of every skeleton.
        num_classes (int): Labels are 0 to ``num_classes - 1``.
        skip_broken (bool): Skip unreadable input instead of raising. Defaults to False.
    """

    def __init__(self, layout: SkeletonLayout, num_classes: int, skip_broken: bool = False) -> None:
        self.layout = layout
        self.num_classes = num_classes
        self.skip_broken = skip_broken
        self.annotations: List[Dict[str, Any]] = []
        #: Pairs of a name and a reason.
        self.left_out: List[Tuple[str, str]] = []
        self.remarks: List[Tuple[str, str]] = []

    @contextmanager
    def skipping_broken(self) -> Iterator[None]:
        """Turn a RawDataError into an entry of ``left_out`` if ``skip_broken`` is set."""
        try:
            yield
        except RawDataError as error:
            if not self.skip_broken:
                raise
            self.leave_out(str(error), 'not readable')

    def add(self, name: str, keypoint: np.ndarray, where: str, label: Optional[int] = None, **more: Any) -> None:
        """Add a sequence without its absent persons; leave it out if no person is ever present.

        Args:
            name (str): Name of the sequence.
            keypoint (np.ndarray): Coordinates, ``(M, T, V, C)``; absent persons and joints are zero.
            where (str): Raw file for error messages.
            label (int, optional): Class. Defaults to None.
            **more: Further entries of the annotation.
        """
        expected = self.layout.num_joints, self.layout.dims
        if keypoint.ndim != 4 or keypoint.shape[2:] != expected:
            raise RawDataError(
                f'{where}: expected {expected[0]} joints of {expected[1]} coordinates in every frame, '
                f'found shape {keypoint.shape} for (persons, frames, joints, coordinates)'
            )
        keypoint = keypoint.astype(np.float32)
        sound = np.abs(keypoint) <= MAX_COORDINATE  # NaN is not below any bound
        if not sound.all():
            person, frame, joint, axis = np.argwhere(~sound)[0]
            raise RawDataError(
                f'{where}: a coordinate in frame {frame} (counted from 0) is {keypoint[person, frame, joint, axis]}, '
                f'expected a number of at most {MAX_COORDINATE:,.0f}'
            )
        if label is not None:
            self.check_label(label, where)
            more['label'] = int(label)
        present = present_frames(keypoint).any(axis=1)
        if not present.any():
            self.leave_out(name, 'no person in any frame')
            return
        keypoint = np.ascontiguousarray(keypoint[present])
        self.annotations.append(dict(frame_dir=name, total_frames=keypoint.shape[1], keypoint=keypoint, **more))

    def check_label(self, label: int, where: str) -> None:
        if not 0 <= label < self.num_classes:
            raise RawDataError(f'{where}: label {label} (counted from 0) is not one of the {self.num_classes} classes')

    def leave_out(self, name: str, reason: str) -> None:
        self.left_out.append((name, reason))

    def remark(self, name: str, text: str) -> None:
        self.remarks.append((name, text))

    def content(self) -> Dict[str, list]:
        """Return plain containers that can be pickled."""
        return dict(annotations=self.annotations, left_out=self.left_out, remarks=self.remarks)

    def merge(self, content: Dict[str, list]) -> None:
        """Append the ``content()`` of another instance."""
        self.annotations += content['annotations']
        self.left_out += content['left_out']
        self.remarks += content['remarks']
