"""Detection of actions in untrimmed sequences, as a metric of the runner."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from .detection import detection_precision
from .segments import find_segments, label_frames, smooth_scores

_WANTED = ('frame_scores', 'frame_dir', 'window_start', 'video_frames', 'segments')


class _Window(NamedTuple):
    """What is kept of a window until all are there."""

    video: str
    start: int
    video_frames: int
    segments: np.ndarray
    scores: np.ndarray


@METRICS.register_module()
class ActionDetectionMetric(BaseMetric):
    """Finds the actions of each video from the scores of its windows and compares them with the truth.

    Where windows overlap their scores are averaged; a window that comes twice, as samplers of several processes do to
    come out even, counts once. Scores become segments as in :func:`smooth_scores` and :func:`find_segments`. Reported
    are, for every overlap (temporal intersection over union) asked for and on average over them, the mean average
    precision over actions, ``mAP_a``, and over videos, ``mAP_v``, as in :func:`detection_precision`, and the share of
    frames with the right label, ``frame_acc``, background being one.

    Samples need ``frame_scores`` from ``FrameHead`` and, from ``UntrimmedSkeletonDataset``, ``frame_dir``,
    ``window_start``, ``video_frames`` and ``segments``: list these in ``meta_keys`` of ``PackActionInputs``.

    Args:
        thresholds (Sequence[float]): Least overlaps for a detection to be right. Defaults to
            ``(0.1, 0.3, 0.5, 0.7, 0.9)``.
        smoothing (int): Frames over which scores are averaged, an odd number. Defaults to 1.
        max_gap (int): Longest gap within an action that is closed, in frames. Defaults to 0.
        min_frames (int): Shortest action that is kept, in frames. Defaults to 1.
        collect_device (str): Where results of several processes meet, 'cpu' or 'gpu'. Defaults to 'cpu'.
        prefix (str, optional): What stands before the names of the figures. Defaults to None: 'detection'.
    """

    default_prefix = 'detection'

    def __init__(
        self,
        thresholds: Sequence[float] = (0.1, 0.3, 0.5, 0.7, 0.9),
        smoothing: int = 1,
        max_gap: int = 0,
        min_frames: int = 1,
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not thresholds or not all(0 < threshold <= 1 for threshold in thresholds):
            raise ValueError(f'thresholds must be overlaps above 0 and up to 1, got {thresholds}')
        if smoothing < 1 or smoothing % 2 == 0:
            raise ValueError(f'smoothing must be an odd number of frames, 1 for none, got {smoothing}')
        if max_gap < 0 or min_frames < 1:
            raise ValueError(f'max_gap must be at least 0 and min_frames at least 1, got {max_gap} and {min_frames}')
        self.thresholds = tuple(thresholds)
        self.smoothing = smoothing
        self.max_gap = max_gap
        self.min_frames = min_frames

    def process(self, data_batch: Any, data_samples: Sequence[Dict]) -> None:
        """Keeps what is needed of each window."""
        for sample in data_samples:
            missing = [key for key in _WANTED if key not in sample]
            if missing:
                raise KeyError(
                    f'ActionDetectionMetric needs {", ".join(missing)}, which the samples lack: frame_scores come from '
                    'FrameHead, the rest from UntrimmedSkeletonDataset through meta_keys of PackActionInputs'
                )
            scores, video, start, video_frames, segments = (sample[key] for key in _WANTED)
            scores = scores.float().cpu().numpy()[: video_frames - start]
            self.results.append(_Window(video, start, video_frames, segments, scores))

    def compute_metrics(self, results: List) -> Dict[str, float]:
        """The figures of all videos.

        Args:
            results (list): All windows, in any order.

        Returns:
            dict: The figures by name.
        """
        videos: Dict[str, Dict[int, _Window]] = {}
        for window in map(_Window._make, results):
            videos.setdefault(window.video, {})[window.start] = window
        detections, truths, right = [], [], []
        for _, windows in sorted(videos.items()):
            ordered = [windows[start] for start in sorted(windows)]
            scores, segments = smooth_scores(self._average(ordered), self.smoothing), ordered[0].segments
            right.append(scores.argmax(axis=1) == label_frames(segments, len(scores), scores.shape[1] - 1))
            detections.append(find_segments(scores, self.max_gap, self.min_frames))
            truths.append(segments)
        figures = {'frame_acc': float(np.concatenate(right).mean())}
        for name, values in zip(('mAP_a', 'mAP_v'), detection_precision(detections, truths, self.thresholds)):
            figures[name] = float(values.mean())
            figures.update({f'{name}@{threshold}': float(value) for threshold, value in zip(self.thresholds, values)})
        return figures

    def _average(self, windows: List[_Window]) -> np.ndarray:
        """Scores of every frame of a video, ``(T, C + 1)``."""
        video, _, num_frames, _, scores = windows[0]
        num_classes = (self.dataset_meta or {}).get('num_classes', scores.shape[1] - 1)
        if scores.shape[1] != num_classes + 1:
            raise ValueError(
                f'the data has {num_classes} actions and background, but the model gives {scores.shape[1]} scores; '
                f'set num_classes={num_classes} in FrameHead'
            )
        sums, counts = np.zeros((num_frames, scores.shape[1])), np.zeros((num_frames, 1))
        for window in windows:
            frames = slice(window.start, window.start + len(window.scores))
            sums[frames] += window.scores
            counts[frames] += 1
        if not counts.all():
            raise ValueError(
                f'{int((counts == 0).sum())} of the {num_frames} frames of video {video!r} are in no window that was '
                'evaluated; evaluate all windows of a video: no indices in the data set, no drop_last in the dataloader'
            )
        return sums / counts
