"""Temporal action detection in untrimmed sequences as a metric of the runner."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from .detection import detection_precision
from .segments import find_segments, label_frames, smooth_scores

_WANTED = ('frame_scores', 'frame_dir', 'window_start', 'video_frames', 'segments')


class _Window(NamedTuple):
    """Frame scores of a window, with its place in the video and the annotated segments."""

    video: str
    start: int
    video_frames: int
    segments: np.ndarray
    scores: np.ndarray


@METRICS.register_module()
class ActionDetectionMetric(BaseMetric):
    """Mean average precision of temporal action detection, from frame scores of overlapping windows.

    Scores of overlapping windows are averaged; a window repeated by the sampler counts once. :func:`smooth_scores` and
    :func:`find_segments` turn the scores of a video into detections. For each temporal IoU threshold and on average
    over them, the metric reports the mean average precision over actions, ``mAP_a``, and over videos, ``mAP_v`` (see
    :func:`detection_precision`), and once the accuracy of frame labels, ``frame_acc``, background included.

    Samples need ``frame_scores`` from ``FrameHead`` and ``frame_dir``, ``window_start``, ``video_frames`` and
    ``segments`` from ``UntrimmedSkeletonDataset``: list these in ``meta_keys`` of ``PackActionInputs``.

    Args:
        thresholds (Sequence[float]): Temporal IoU thresholds of true positives. Defaults to
            ``(0.1, 0.3, 0.5, 0.7, 0.9)``.
        smoothing (int): Frames of the moving average over scores, an odd number. Defaults to 1.
        max_gap (int): Longest gap within an action to close, in frames. Defaults to 0.
        min_frames (int): Shortest action to keep, in frames. Defaults to 1.
        collect_device (str): Device that collects the results of all ranks, 'cpu' or 'gpu'. Defaults to 'cpu'.
        prefix (str, optional): Prefix of the metric names. Defaults to None, which means 'detection'.
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
            raise ValueError(f'thresholds must be temporal IoUs in (0, 1], got {thresholds}')
        if smoothing < 1 or smoothing % 2 == 0:
            raise ValueError(f'smoothing must be an odd number of frames, 1 for none, got {smoothing}')
        if max_gap < 0 or min_frames < 1:
            raise ValueError(f'max_gap must be at least 0 and min_frames at least 1, got {max_gap} and {min_frames}')
        self.thresholds = tuple(thresholds)
        self.smoothing = smoothing
        self.max_gap = max_gap
        self.min_frames = min_frames

    def process(self, data_batch: Any, data_samples: Sequence[Dict]) -> None:
        """Store the scores of each window."""
        for sample in data_samples:
            missing = [key for key in _WANTED if key not in sample]
            if missing:
                raise KeyError(
                    f'ActionDetectionMetric needs {", ".join(missing)}, which the samples lack; frame_scores come from '
                    'FrameHead, the others from UntrimmedSkeletonDataset: list them in meta_keys of PackActionInputs'
                )
            scores, video, start, video_frames, segments = (sample[key] for key in _WANTED)
            scores = scores.float().cpu().numpy()[: video_frames - start]
            self.results.append(_Window(video, start, video_frames, segments, scores))

    def compute_metrics(self, results: List) -> Dict[str, float]:
        """Compute the metrics of all videos.

        Args:
            results (list): All windows, in any order.

        Returns:
            dict: Metrics by name.
        """
        videos: Dict[str, Dict[int, _Window]] = {}
        for window in map(_Window._make, results):
            videos.setdefault(window.video, {})[window.start] = window
        detections, truths, correct = [], [], []
        for _, windows in sorted(videos.items()):
            ordered = [windows[start] for start in sorted(windows)]
            scores, segments = smooth_scores(self._average(ordered), self.smoothing), ordered[0].segments
            correct.append(scores.argmax(axis=1) == label_frames(segments, len(scores), scores.shape[1] - 1))
            detections.append(find_segments(scores, self.max_gap, self.min_frames))
            truths.append(segments)
        metrics = {'frame_acc': float(np.concatenate(correct).mean())}
        for name, values in zip(('mAP_a', 'mAP_v'), detection_precision(detections, truths, self.thresholds)):
            metrics[name] = float(values.mean())
            metrics.update({f'{name}@{threshold}': float(value) for threshold, value in zip(self.thresholds, values)})
        return metrics

    def _average(self, windows: List[_Window]) -> np.ndarray:
        """Average the scores of overlapping windows; return those of all frames of a video, ``(T, C + 1)``."""
        video, _, num_frames, _, scores = windows[0]
        num_classes = (self.dataset_meta or {}).get('num_classes', scores.shape[1] - 1)
        if scores.shape[1] != num_classes + 1:
            raise ValueError(
                f'the data has {num_classes} actions and background, but the model predicts {scores.shape[1]} classes; '
                f'set num_classes={num_classes} in FrameHead'
            )
        sums, counts = np.zeros((num_frames, scores.shape[1])), np.zeros((num_frames, 1))
        for window in windows:
            frames = slice(window.start, window.start + len(window.scores))
            sums[frames] += window.scores
            counts[frames] += 1
        if not counts.all():
            raise ValueError(
                f'{int((counts == 0).sum())} of the {num_frames} frames of video {video!r} are in no evaluated '
                'window; evaluate all windows: set neither indices of the data set nor drop_last of the data loader'
            )
        return sums / counts
