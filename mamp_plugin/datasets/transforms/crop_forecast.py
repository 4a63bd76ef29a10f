"""Temporal crop for motion forecasting."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons.presence import occupied_frames

from .sample import get_keypoint, get_score


@TRANSFORMS.register_module()
class CropForecastFrames(BaseTransform):
    """Crop of consecutive frames at the original rate: an observed history and the future that follows it.

    The sequence lies between the first and the last frame with any person. If it is too short, its first frame is
    repeated before it: the history shrinks, never the future. Absent persons stay all zero; :class:`SkeletonForecaster`
    and :class:`MPJPE` leave them out.

    A sequence of at most ``horizon`` frames has no history. In training (``place='random'``) it is skipped, and the
    data set draws another one. In testing it becomes a sequence without persons, which :class:`MPJPE` leaves out and
    reports.

    Belongs before the transforms that move skeletons, and after ``DropEmptyFrames`` if the main person must be present
    in all frames. The result is one clip, so ``FormatGCNInput`` may follow directly.

    Required Keys:

        - keypoint
        - keypoint_score (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)
        - total_frames

    Args:
        history (int): Observed frames.
        horizon (int): Future frames.
        place (str): Place of the crop, ``'random'`` or ``'middle'``. Defaults to ``'random'``.
    """

    def __init__(self, history: int, horizon: int, place: str = 'random') -> None:
        if history < 1 or horizon < 1:
            raise ValueError(f'history and horizon must be at least 1 frame, got {history} and {horizon}')
        if place not in ('random', 'middle'):
            raise ValueError(f"place must be 'random' or 'middle', got {place!r}")
        self.history = history
        self.horizon = horizon
        self.place = place

    def transform(self, results: Dict) -> Optional[Dict]:
        keypoint = get_keypoint(results, self)
        score = get_score(results, keypoint)
        occupied = np.flatnonzero(occupied_frames(keypoint))
        length = occupied[-1] + 1 - occupied[0] if occupied.size else 0
        if length > self.horizon:
            frames = occupied[0] + self.draw(length)
        elif self.place == 'random':
            return None
        else:
            frames = np.zeros(self.history + self.horizon, dtype=np.intp)
            keypoint = np.zeros((len(keypoint), 1) + keypoint.shape[2:], dtype=np.float32)
            score = None if score is None else np.zeros(keypoint.shape[:3], dtype=np.float32)
        results['keypoint'] = keypoint[:, frames]
        if score is not None:
            results['keypoint_score'] = score[:, frames]
        results['total_frames'] = len(frames)
        return results

    def draw(self, num_frames: int) -> np.ndarray:
        """Draw the frames of the crop, ``(history + horizon, )``, from a sequence of ``num_frames`` frames."""
        total = self.history + self.horizon
        spare = max(num_frames - total, 0)
        begin = np.random.randint(spare + 1) if self.place == 'random' else spare // 2
        return (np.arange(total) + min(num_frames - total, begin)).clip(min=0)

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(history={self.history}, horizon={self.horizon}, place={self.place!r})'
