"""Interpolation of NaN and infinite coordinates."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons.presence import missing_joints, present_frames

from .sample import get_keypoint, get_score


@TRANSFORMS.register_module()
class RepairCoordinates(BaseTransform):
    """Linear interpolation over time of joints with a NaN or infinite coordinate.

    All coordinates of such a joint are interpolated between the nearest earlier and later frames in which the joint is
    present: finite and not all zero. Before the first and after the last of these frames the position is constant; a
    joint without any such frame becomes zero. NaN and infinite scores become zero.

    Required Keys:

        - keypoint
        - keypoint_score (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)
    """

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        score = get_score(results, keypoint)
        finite = np.isfinite(keypoint)
        if not finite.all():
            results['keypoint'] = interpolate_missing(keypoint, ~finite.all(axis=-1))
        if score is not None:
            results['keypoint_score'] = np.where(np.isfinite(score), score, np.float32(0))
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}()'


def interpolate_missing(keypoint: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Interpolate missing joints from other frames of the same joint.

    Args:
        keypoint (np.ndarray): Coordinates, ``(M, T, V, C)``.
        missing (np.ndarray): Joints to interpolate, boolean, ``(M, T, V)``.

    Returns:
        np.ndarray: ``(M, T, V, C)``.
    """
    filled = np.where(missing[..., None], np.float32(0), keypoint)
    person, joint = np.nonzero(missing.any(axis=1))
    tracks = filled[person, :, joint]
    present = present_frames(filled)
    known = (present[..., None] & ~missing_joints(filled, present))[person, :, joint]
    num_frames = keypoint.shape[1]
    frame = np.arange(num_frames)
    before = np.maximum.accumulate(np.where(known, frame, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, frame, num_frames)[:, ::-1], axis=1)[:, ::-1]
    before, after = np.where(before < 0, after, before), np.where(after == num_frames, before, after)
    # The indices of a joint that is never present lie outside the sequence; all its frames are zero, so any will do.
    before, after = before.clip(0, num_frames - 1), after.clip(0, num_frames - 1)
    weight = ((frame - before) / np.maximum(after - before, 1)).astype(np.float32)[..., None]
    row = np.arange(len(tracks))[:, None]
    start, end = tracks[row, before], tracks[row, after]
    between = start + weight * (end - start)
    filled[person, :, joint] = np.where(missing[person, :, joint][..., None], between, tracks)
    return filled
