"""What raw files turn into, with the checks that are the same for every data set."""

from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout

from .raw_files import RawDataError


class Converted:
    """Annotations, and what was left out or is worth saying.

    Args:
        layout (SkeletonLayout): What every skeleton must look like.
        num_classes (int): Labels are 0 to ``num_classes - 1``.
        skip_broken (bool): Whether what cannot be read is left out. Defaults to False: it is an error.
    """

    def __init__(self, layout: SkeletonLayout, num_classes: int, skip_broken: bool = False) -> None:
        self.layout = layout
        self.num_classes = num_classes
        self.skip_broken = skip_broken
        self.annotations: List[Dict[str, Any]] = []
        self.left_out: List[Tuple[str, str]] = []
        self.remarks: List[Tuple[str, str]] = []

    @contextmanager
    def perhaps_broken(self) -> Iterator[None]:
        """Around what may be left out by itself, all or nothing."""
        try:
            yield
        except RawDataError as error:
            if not self.skip_broken:
                raise
            self.leave_out(str(error), 'not readable')

    def add(self, name: str, keypoint: np.ndarray, where: str, label: Optional[int] = None, **more: Any) -> None:
        """Adds a sequence without its absent persons; one in which nobody ever is is left out.

        Args:
            name (str): The sequence's name.
            keypoint (np.ndarray): Coordinates, ``(M, T, V, C)``; absent persons and joints are zero.
            where (str): The raw file, for error messages.
            label (int, optional): The class. Defaults to None.
            **more: Further entries of the annotation.
        """
        expected = self.layout.num_joints, self.layout.dims
        if keypoint.ndim != 4 or keypoint.shape[2:] != expected:
            raise RawDataError(
                f'{where}: expected {expected[0]} joints of {expected[1]} coordinates in every frame, '
                f'found shape {keypoint.shape} for (persons, frames, joints, coordinates)'
            )
        keypoint = keypoint.astype(np.float32)
        if not np.isfinite(keypoint).all():
            frame = np.argwhere(~np.isfinite(keypoint))[0][1]
            raise RawDataError(f'{where}: a coordinate in frame {frame} (counted from 0) is no finite number')
        if label is not None:
            self.check_label(label, where)
            more['label'] = int(label)
        present = keypoint.any(axis=(1, 2, 3))
        if not present.any():
            self.leave_out(name, 'nobody in any frame')
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
        """Plain containers, to be written."""
        return dict(annotations=self.annotations, left_out=self.left_out, remarks=self.remarks)

    def merge(self, content: Dict[str, list]) -> None:
        """Adds what ``content`` of another one gave."""
        self.annotations += content['annotations']
        self.left_out += content['left_out']
        self.remarks += content['remarks']
