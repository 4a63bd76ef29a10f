"""Recordings, and the base class of the file formats that hold them."""

from abc import ABCMeta, abstractmethod
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout, fitting_layouts, get_layout

from .raw_files import RawDataError


class Recording(NamedTuple):
    """Skeletons of one recording.

    Args:
        keypoint (np.ndarray): Coordinates, ``(M, T, V, C)``; absent persons and missing joints are zero.
        layout (str): Name of the skeleton layout.
        score (np.ndarray, optional): Confidence of every joint, ``(M, T, V)``. Defaults to None.
        name (str): Name within a file of several recordings. Defaults to '': the file holds one.
    """

    keypoint: np.ndarray
    layout: str
    score: Optional[np.ndarray] = None
    name: str = ''


class Content(NamedTuple):
    """Content of a raw file, and the name of the file for error messages."""

    data: bytes
    where: str


class RecordingFormat(metaclass=ABCMeta):
    """File format of recordings."""

    #: Description in messages, for example ``'.bvh (motion capture)'``.
    title: str
    #: Regular expression for the names of files, without folders.
    pattern: str
    #: Layouts that files of this format may have; empty: the user names the layout.
    layouts: Tuple[str, ...] = ()

    def accepts(self, content: bytes) -> bool:
        """Return True if a file with a matching name has this format; most need only the name."""
        return True

    @abstractmethod
    def read(self, files: Sequence[Content], layout: Optional[SkeletonLayout]) -> List[Recording]:
        """Read the recordings of a file, or of several files of one frame each.

        Args:
            files (Sequence[Content]): One file, or the frames in order.
            layout (SkeletonLayout, optional): Layout that the user named, or None.

        Raises:
            RawDataError: Something is wrong; the message names the file and the place in it.
        """


def layout_of_joints(
    num_joints: int, layouts: Sequence[str], asked: Optional[SkeletonLayout], where: str
) -> SkeletonLayout:
    """Return the layout that the user named, checked, or the only one of a format with that many joints.

    Args:
        num_joints (int): Joints in the file.
        layouts (Sequence[str]): Layouts of the format; empty for any.
        asked (SkeletonLayout, optional): Layout that the user named.
        where (str): File and place for the error.
    """
    if asked is not None:
        if asked.num_joints != num_joints:
            raise RawDataError(f'{where}: found {num_joints} joints, but layout {asked.name} has {asked.num_joints}')
        return asked
    fitting = [name for name in layouts or fitting_layouts(num_joints) if get_layout(name).num_joints == num_joints]
    if len(fitting) == 1:
        return get_layout(fitting[0])
    known = f'they may be {", ".join(fitting)}' if fitting else 'no known layout has as many'
    raise RawDataError(f'{where}: found {num_joints} joints, {known}; name the layout, --layout NAME or FILE.json')
