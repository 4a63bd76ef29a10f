"""Hiding body parts or a stretch of time, as if something stood in front of the sensor."""

import zlib
from typing import Dict, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons import get_layout

from .sample import check_joints, get_keypoint, get_score, sample_name


@TRANSFORMS.register_module()
class OccludeBodyParts(BaseTransform):
    """Hides body parts in all frames and of all persons.

    What is hidden becomes zero, and so does its score. Belongs right before ``FormatGCNInput``, after everything that
    takes zeros for absence: centring, counting frames, resizing.

    Required Keys:

        - keypoint
        - keypoint_score (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)

    Args:
        layout (str): Name of the skeleton layout; says which joints make a body part.
        parts (Sequence[str]): Names of the body parts to hide: ``'trunk'``, ``'left_arm'``, ``'right_arm'``,
            ``'left_leg'``, ``'right_leg'``.
    """

    def __init__(self, layout: str, parts: Sequence[str]) -> None:
        self.layout = get_layout(layout)
        if isinstance(parts, str) or not parts:
            raise ValueError(f'parts must be a list of one or more of {", ".join(self.layout.parts)}, got {parts!r}')
        self.parts = tuple(parts)
        self.joints = self.layout.joints_of(self.parts)

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        num_joints = keypoint.shape[2]
        check_joints(results, num_joints, self.layout)
        hidden = np.zeros((1, num_joints), dtype=bool)
        hidden[:, self.joints] = True
        return _hide(results, keypoint, hidden)

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(layout={self.layout.name!r}, parts={self.parts})'


@TRANSFORMS.register_module()
class OccludeFrames(BaseTransform):
    """Hides a contiguous stretch of the frames, all persons with all their joints.

    What is hidden becomes zero, and so does its score. Belongs right before ``FormatGCNInput``, after everything that
    takes zeros for absence. The clips of a sample, each of which is taken from the whole sequence, lose the same
    stretch.

    Required Keys:

        - keypoint
        - keypoint_score (optional)
        - num_clips (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)

    Args:
        share (float): Share of the frames to hide, in (0, 1), rounded to whole frames.
        seed (int, optional): For testing: where the stretch begins follows from this number and the sample's name,
            whatever the worker and the order. Defaults to None: drawn anew each time, from NumPy's generator.
    """

    def __init__(self, share: float, seed: Optional[int] = None) -> None:
        if not 0 < share < 1:
            raise ValueError(f'share must lie between 0 and 1, both excluded, got {share}')
        if seed is not None and seed < 0:
            raise ValueError(f'seed must not be negative, got {seed}')
        self.share = share
        self.seed = seed

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        num_clips = results.get('num_clips', 1)
        num_frames = keypoint.shape[1] // num_clips
        begin, length = self.draw(num_frames, sample_name(results))
        hidden = np.zeros((num_frames, 1), dtype=bool)
        hidden[begin : begin + length] = True
        return _hide(results, keypoint, np.tile(hidden, (num_clips, 1)))

    def draw(self, num_frames: int, name: str) -> Tuple[int, int]:
        """Draws where the stretch begins in ``num_frames`` frames of a named sample, and says how long it is."""
        length = round(self.share * num_frames)
        if self.seed is None:
            chance = np.random.random_sample()
        else:
            chance = np.random.default_rng([self.seed, zlib.crc32(name.encode())]).random()
        return int(chance * (num_frames - length + 1)), length

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(share={self.share}, seed={self.seed})'


def _hide(results: Dict, keypoint: np.ndarray, hidden: np.ndarray) -> Dict:
    """Sets to zero what is hidden of ``(M, T, V, C)`` and of the scores: boolean, ``(T, V)`` or 1 for all of either."""
    score = get_score(results, keypoint)
    results['keypoint'] = np.where(hidden[..., None], np.float32(0), keypoint)
    if score is not None:
        results['keypoint_score'] = np.where(hidden, np.float32(0), score)
    return results
