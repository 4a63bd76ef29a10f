"""Labels over time from the scores of overlapping windows."""

from typing import Dict, Iterable, Iterator, List, NamedTuple, Tuple, Union

import numpy as np

from mamp_plugin.datasets.untrimmed_dataset import window_starts
from mamp_plugin.evaluation import find_segments, smooth_scores


class Window(NamedTuple):
    """Scores of a window.

    Args:
        start (int): First frame.
        end (int): End, exclusive.
        scores (np.ndarray): Probabilities, ``(K, )``, or of every frame, ``(T, K)``.
    """

    start: int
    end: int
    scores: np.ndarray


def cut_windows(num_frames: int, window: int, stride: int) -> Iterator[Tuple[int, int]]:
    """Yield first frames and ends of the windows over a sequence; a shorter sequence is one window."""
    if not 1 <= stride <= window:
        raise ValueError(f'stride must lie between 1 and window={window}, or frames are left out; got {stride}')
    for start in window_starts(num_frames, window, stride):
        yield start, min(start + window, num_frames)


def average_windows(windows: Iterable[Window], num_frames: int, num_scores: int) -> np.ndarray:
    """Return the scores of each frame, averaged over the windows that cover it, ``(T, num_scores)``; else zero."""
    total, count = np.zeros((num_frames, num_scores)), np.zeros((num_frames, 1))
    for start, end, scores in windows:
        total[start:end] += scores[: end - start] if scores.ndim == 2 else scores
        count[start:end] += 1
    return total / np.maximum(count, 1)


def find_timeline(
    scores: np.ndarray, min_score: float = 0.0, smoothing: int = 1, max_gap: int = 0, min_frames: int = 1
) -> List[Dict[str, Union[int, float]]]:
    """Group frames into segments of one label, in the order of time.

    Args:
        scores (np.ndarray): Probabilities of each frame with background last, ``(T, K + 1)``. Frames without any score
            are background.
        min_score (float): Least score of a labeled frame. Defaults to 0.
        smoothing (int): Frames of a moving average over the scores, an odd number. Defaults to 1.
        max_gap (int): Longest gap within a segment to close, in frames. Defaults to 0.
        min_frames (int): Shortest segment to keep, in frames. Defaults to 1.

    Returns:
        list[dict]: Segments with ``start``, ``end`` (exclusive), ``label`` and ``score``, the mean over its frames.
    """
    scores = smooth_scores(scores, smoothing)
    # background loses a tie, but not against a score of zero
    scores[:, -1] = np.where(scores[:, :-1].any(axis=1), np.maximum(scores[:, -1], min_score), 1.0)
    found = find_segments(scores, max_gap, min_frames)
    order = np.lexsort((found.ends, found.starts))
    return [
        dict(start=int(start), end=int(end), label=int(label), score=float(score))
        for label, start, end, score in zip(*(values[order] for values in found))
    ]
