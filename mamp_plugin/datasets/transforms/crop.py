"""Temporal crop and resize."""

from functools import lru_cache
from typing import Dict, Sequence, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons.presence import occupied_frames

from .sample import get_keypoint, get_score


@TRANSFORMS.register_module()
class CropResizeFrames(BaseTransform):
    """Temporal crop, resized linearly to a fixed number of frames.

    The sequence is the first n stored frames, where n is the number of frames with any nonzero coordinate. A sequence
    of one frame is repeated; a sequence without persons becomes ``window`` frames of zeros. The result is one clip, so
    ``FormatGCNInput`` follows directly, without ``UniformSampleFrames`` and ``PoseDecode``.

    Required Keys:

        - keypoint
        - keypoint_score (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)
        - total_frames

    Args:
        window (int): Frames of the result.
        proportion (Sequence[float]): Share of the frames to keep. Two values ``(lo, hi)`` draw the share uniformly
            between them and the place of the crop at random; one value ``(p, )`` crops this share from the middle.
            Defaults to ``(0.5, 1)``.
        min_frames (int): Lower bound of the length of a random crop, as far as the sequence has as many frames.
            Defaults to 64.
    """

    def __init__(self, window: int, proportion: Sequence[float] = (0.5, 1), min_frames: int = 64) -> None:
        if window < 1:
            raise ValueError(f'window must be at least 1 frame, got {window}')
        if min_frames < 1:
            raise ValueError(f'min_frames must be at least 1, got {min_frames}')
        if len(proportion) not in (1, 2) or not 0 < proportion[0] <= proportion[-1] <= 1:
            raise ValueError(f'proportion must be (lo, hi) or (p, ) with 0 < lo <= hi <= 1, got {proportion}')
        self.window = window
        self.proportion = tuple(proportion)
        self.min_frames = min_frames

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        score = get_score(results, keypoint)
        begin, length = self.draw(int(np.count_nonzero(occupied_frames(keypoint))))
        results['keypoint'] = self.resample(keypoint, begin, length)
        if score is not None:
            results['keypoint_score'] = self.resample(score, begin, length)
        results['total_frames'] = self.window
        return results

    def draw(self, num_frames: int) -> Tuple[int, int]:
        """Draw the begin and the length of the crop of a sequence of ``num_frames`` frames."""
        if len(self.proportion) == 1:
            begin = int((1 - self.proportion[0]) * num_frames / 2)
            return begin, num_frames - 2 * begin
        length = self.crop_length(num_frames, np.random.uniform(self.proportion[0], self.proportion[1]))
        return np.random.randint(num_frames - length + 1), length

    def crop_length(self, num_frames: int, proportion: float) -> int:
        """Return the length of a random crop for a drawn proportion."""
        return min(max(int(num_frames * proportion), self.min_frames), num_frames)

    def resample(self, values: np.ndarray, begin: int, length: int) -> np.ndarray:
        """Resize ``length`` frames from ``begin`` on: ``(M, T, ...)`` to ``(M, window, ...)``."""
        shape = (values.shape[0], self.window) + values.shape[2:]
        if length == 0:
            return np.zeros(shape, dtype=values.dtype)
        lower, upper, weight = _interpolation(length, self.window)
        values = values.reshape(values.shape[:2] + (-1,))
        start = values.take(lower + begin, axis=1)
        result = values.take(upper + begin, axis=1)
        result -= start
        result *= weight
        result += start
        return result.reshape(shape)

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(window={self.window}, '
            f'proportion={self.proportion}, min_frames={self.min_frames})'
        )


@lru_cache(maxsize=1024)
def _interpolation(length: int, window: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return lower index, upper index and weight of the upper frame, ``(window, 1)``, for each resized frame.

    Frames are cells with their values at the centers (``align_corners=False``). Positions are rounded as in
    ``torch.nn.functional.interpolate``, a fp32 scale and one rounding at the end, so that long sequences give the same
    numbers.
    """
    scale = np.float64(np.float32(length) / np.float32(window))
    position = np.maximum(scale * (np.arange(window) + 0.5) - 0.5, 0).astype(np.float32)
    lower = position.astype(np.intp)
    upper = np.minimum(lower + 1, length - 1)
    return lower, upper, (position - lower).astype(np.float32)[:, None]
