"""Plain arrays: .npy and .npz of shape (frames, joints, coordinates) or (persons, frames, joints, coordinates).

Joints are ordered as in the layout (docs/data/layouts.md). A further coordinate than the layout has is the confidence
of the joints. Absent persons are zero, missing joints zero or NaN. Every such array of an .npz file is a recording.
"""

from typing import List, Optional, Sequence

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout
from mamp_plugin.untrusted.arrays import read_npy, read_npz

from ..raw_files import RawDataError
from ..recording import Content, Recording, RecordingFormat, layout_of_joints


class Npy(RecordingFormat):
    """A recording in an ``.npy`` file."""

    title = '.npy'
    pattern = r'.+\.npy'

    def read(self, files: Sequence[Content], layout: Optional[SkeletonLayout]) -> List[Recording]:
        (file,) = files
        try:
            array = read_npy(file.data)
        except ValueError as error:
            raise RawDataError(f'{file.where} is not a readable .npy file: {error}') from error
        if array.dtype.kind not in 'fiu':
            raise RawDataError(f'{file.where}: expected an array of numbers')
        return [as_recording(array, layout, file.where)]


class Npz(RecordingFormat):
    """A recording in every array of an ``.npz`` file that has its shape."""

    title = '.npz'
    pattern = r'.+\.npz'

    def read(self, files: Sequence[Content], layout: Optional[SkeletonLayout]) -> List[Recording]:
        (file,) = files
        try:
            arrays = read_npz(file.data)
        except ValueError as error:
            raise RawDataError(f'{file.where} is not a readable .npz file: {error}') from error
        arrays = {key: array for key, array in arrays.items() if array.ndim in (3, 4) and array.dtype.kind in 'fiu'}
        if not arrays:
            raise RawDataError(
                f'{file.where} holds no sequences, expected arrays (frames, joints, coordinates) or '
                '(persons, frames, joints, coordinates)'
            )
        found = {key: as_recording(array, layout, f'{file.where}[{key}]') for key, array in arrays.items()}
        return [each._replace(name=key if len(found) > 1 else '') for key, each in found.items()]


def as_recording(array: np.ndarray, asked: Optional[SkeletonLayout], where: str) -> Recording:
    """Return an array of coordinates, and confidences if there are any, as a recording.

    Args:
        array (np.ndarray): ``(T, V, C)`` or ``(M, T, V, C)``; C is one more than in the layout with confidences.
        asked (SkeletonLayout, optional): Layout that the user named.
        where (str): File and place for error messages.
    """
    if array.ndim not in (3, 4) or not array.size:
        raise RawDataError(
            f'{where}: expected shape (frames, joints, coordinates) or (persons, frames, joints, coordinates), found '
            f'{array.shape}'
        )
    layout = layout_of_joints(array.shape[-2], (), asked, where)
    array = array.reshape(-1, *array.shape[-3:]).astype(np.float32)
    if array.shape[-1] not in (layout.dims, layout.dims + 1):
        raise RawDataError(
            f'{where}: found {array.shape[-1]} values per joint, but layout {layout.name} has {layout.dims} '
            f'coordinates, or {layout.dims + 1} values with confidences'
        )
    score = None
    if array.shape[-1] > layout.dims:
        score = array[..., layout.dims]
        if not (score >= 0).all():
            frame = np.argwhere(~(score >= 0))[0][1]
            raise RawDataError(f'{where}: a confidence in frame {frame} (counted from 0) is negative or no number')
    return Recording(array[..., : layout.dims], layout.name, score)
