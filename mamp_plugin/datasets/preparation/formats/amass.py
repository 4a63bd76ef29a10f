"""Joint positions of SMPL and its relatives in .npz files, as code around AMASS writes them."""

from typing import List, Optional, Sequence, Set

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout, get_layout
from mamp_plugin.untrusted.arrays import names_in_npz, read_npz

from ..raw_files import RawDataError
from ..recording import Content, Recording, RecordingFormat, layout_of_joints
from .plain_arrays import as_recording

#: Names of an array of joint positions; the first that a file has is read.
_POSITIONS = ('joints', 'jtr', 'Jtr', 'joints3d', 'keypoints3d', 'positions')
#: Layout by the number of joints: SMPL without hands, SMPL, SMPL-H and SMPL-X, then with points on the skin. Hands and
#: face follow the joints of the body.
_LAYOUTS = {
    **{22: 'smpl22', 24: 'smpl', 52: 'smpl22', 55: 'smpl22'},
    **{45: 'smpl', 73: 'smpl22', 127: 'smpl22', 144: 'smpl22'},
}


class Amass(RecordingFormat):
    """Array of joint positions, ``(T, V, 3)`` or ``(M, T, V, 3)``, of which the joints of the body are read."""

    title = '.npz with joints of SMPL'
    pattern = r'.+\.npz'
    layouts = ('smpl22', 'smpl')

    def accepts(self, content: bytes) -> bool:
        """Return True if the names of the arrays are those of joint positions, or of parameters of a body model."""
        try:
            keys = names_in_npz(content)
        except ValueError:
            return False
        return not keys.isdisjoint(_POSITIONS) or _has_parameters(keys)

    def read(self, files: Sequence[Content], layout: Optional[SkeletonLayout]) -> List[Recording]:
        (file,) = files
        try:
            keys = names_in_npz(file.data)
            key = next((key for key in _POSITIONS if key in keys), None)
            array = read_npz(file.data, [key])[key] if key else None
        except ValueError as error:
            raise RawDataError(f'{file.where} is not a readable .npz file: {error}') from error
        if array is None:
            raise RawDataError(_explain_no_positions(file.where, keys))
        where = f'{file.where}[{key}]'
        if array.dtype.kind not in 'fiu':
            raise RawDataError(f'{where}: expected an array of numbers, found {array.dtype}')
        return [_body(array, layout, where)]


def _body(array: np.ndarray, layout: Optional[SkeletonLayout], where: str) -> Recording:
    """Return the joints of the body, unless the user named a layout of all joints."""
    if array.ndim < 3:
        return as_recording(array, layout, where)  # which explains the shape
    joints = array.shape[-2]
    if joints in _LAYOUTS and (layout is None or layout.name in (_LAYOUTS[joints], 'smpl22')):
        layout = layout or get_layout(_LAYOUTS[joints])
        return as_recording(array[..., : layout.num_joints, :], layout, where)
    return as_recording(array, layout_of_joints(joints, Amass.layouts, layout, where), where)


def _explain_no_positions(where: str, keys: Set[str]) -> str:
    if not _has_parameters(keys):
        return f'{where}: expected an array named {", ".join(_POSITIONS)}; found {", ".join(sorted(keys)) or "none"}'
    return (
        f'{where} holds parameters of a body model (poses, betas, trans) and no joints; compute their positions with '
        'the body model, which has a license of its own (package smplx, output.joints), and save them as array joints'
    )


def _has_parameters(keys: Set[str]) -> bool:
    return 'poses' in keys and not keys.isdisjoint(('trans', 'betas'))
