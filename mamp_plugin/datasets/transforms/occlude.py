"""Occlusion of body parts or of a stretch of frames."""

import zlib
from typing import Dict, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons import LayoutLike
from mamp_plugin.skeletons.vocabulary import PARTS

from .sample import explicit_layout, get_keypoint, get_score, layout_of, sample_name


@TRANSFORMS.register_module()
class OccludeBodyParts(BaseTransform):
    """Occlusion of body parts in all frames and of all persons.

    Occluded joints and their scores become zero. Belongs right before ``FormatGCNInput``, after all transforms that
    take zeros for absence: centering, cropping, padding.

    Required Keys:

        - keypoint
        - keypoint_score (optional)
        - layout (unless given as an argument)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)

    Args:
        parts (Sequence[str]): Body parts to occlude: ``'trunk'``, ``'left_arm'``, ``'right_arm'``, ``'left_leg'``,
            ``'right_leg'``.
        layout (str or dict, optional): Skeleton layout: name, dict or JSON file. Defaults to None, the sample's.
    """

    def __init__(self, parts: Sequence[str], layout: Optional[LayoutLike] = None) -> None:
        unknown = () if isinstance(parts, str) else [part for part in parts if part not in PARTS]
        if isinstance(parts, str) or not parts or unknown:
            raise ValueError(f'parts must be a list of one or more of {", ".join(PARTS)}, got {parts!r}')
        self.parts = tuple(parts)
        self.layout = explicit_layout(layout)

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        hidden = np.zeros((1, keypoint.shape[2]), dtype=bool)
        hidden[:, layout_of(results, self.layout).joints_of(self.parts)] = True
        return _hide(results, keypoint, hidden)

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(parts={self.parts}, layout={self.layout and self.layout.name!r})'


@TRANSFORMS.register_module()
class OccludeFrames(BaseTransform):
    """Occlusion of a contiguous stretch of frames, for all persons and joints.

    Occluded joints and their scores become zero. Belongs right before ``FormatGCNInput``, after all transforms that
    take zeros for absence. All clips of a sample share the stretch.

    Required Keys:

        - keypoint
        - keypoint_score (optional)
        - num_clips (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)

    Args:
        share (float): Share of the frames to occlude, in (0, 1), rounded to whole frames.
        seed (int, optional): Seed for testing: together with the sample's name it fixes the stretch, independent of
            workers and order. Defaults to None: a new draw from NumPy's global generator each time.
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
        """Draw the begin and the length of the stretch in ``num_frames`` frames of a named sample."""
        length = round(self.share * num_frames)
        if self.seed is None:
            chance = np.random.random_sample()
        else:
            chance = np.random.default_rng([self.seed, zlib.crc32(name.encode())]).random()
        return int(chance * (num_frames - length + 1)), length

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(share={self.share}, seed={self.seed})'


def _hide(results: Dict, keypoint: np.ndarray, hidden: np.ndarray) -> Dict:
    """Zero the hidden joints of ``(M, T, V, C)`` and their scores.

    Args:
        results (dict): The sample.
        keypoint (np.ndarray): Its coordinates, ``(M, T, V, C)``.
        hidden (np.ndarray): Boolean, broadcast to ``(T, V)``.
    """
    score = get_score(results, keypoint)
    results['keypoint'] = np.where(hidden[..., None], np.float32(0), keypoint)
    if score is not None:
        results['keypoint_score'] = np.where(hidden, np.float32(0), score)
    return results
