"""Conversion between action segments and frame labels of untrimmed sequences."""

from typing import NamedTuple

import numpy as np


class Detections(NamedTuple):
    """Detected segments of one video, arrays of shape ``(P, )``.

    Args:
        labels (np.ndarray): Actions.
        starts (np.ndarray): First frames.
        ends (np.ndarray): Ends, exclusive.
        scores (np.ndarray): Confidence scores.
    """

    labels: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    scores: np.ndarray


def label_frames(segments: np.ndarray, num_frames: int, background: int) -> np.ndarray:
    """Return the label of each frame; where segments overlap, the later one in the list wins.

    Args:
        segments (np.ndarray): Rows of ``label, start, end`` (exclusive), ``(n, 3)``.
        num_frames (int): Frames of the sequence, ``T``.
        background (int): Label of frames outside all segments.

    Returns:
        np.ndarray: int64, ``(T, )``.
    """
    labels = np.full(num_frames, background, dtype=np.int64)
    for label, start, end in segments:
        labels[start:end] = label
    return labels


def smooth_scores(scores: np.ndarray, window: int) -> np.ndarray:
    """Return the moving average over time, with a truncated window at both ends of the sequence.

    Args:
        scores (np.ndarray): Frame scores, ``(T, K)``.
        window (int): Frames of the window, an odd number; 1 disables smoothing.

    Returns:
        np.ndarray: ``(T, K)``.
    """
    if window < 1 or window % 2 == 0:
        raise ValueError(f'the smoothing window must be an odd number of frames, got {window}')
    frames = np.arange(len(scores))
    starts, ends = np.maximum(frames - window // 2, 0), np.minimum(frames + window // 2 + 1, len(scores))
    return _stretch_sums(scores, starts, ends) / (ends - starts)[:, None]


def find_segments(scores: np.ndarray, max_gap: int = 0, min_frames: int = 1) -> Detections:
    """Group frames into action segments.

    Each frame belongs to its highest-scoring class, the first one of equal scores. Frames of the same action with at
    most ``max_gap`` other frames between them form a segment. Segments shorter than ``min_frames`` frames, closed gaps
    included, are dropped. The score of a segment is the mean score of its action over all its frames.

    Args:
        scores (np.ndarray): Frame probabilities, background last, ``(T, C + 1)``.
        max_gap (int): Longest gap to close, in frames. Defaults to 0.
        min_frames (int): Shortest segment to keep, in frames. Defaults to 1.

    Returns:
        Detections: Segments ordered by action, then time.
    """
    predicted = scores.argmax(axis=1)
    frames = np.flatnonzero(predicted < scores.shape[1] - 1)
    frames = frames[np.argsort(predicted[frames], kind='stable')]
    labels = predicted[frames]
    splits = (np.diff(labels) != 0) | (np.diff(frames) > max_gap + 1)
    first, last = np.append(True, splits)[: len(frames)], np.append(splits, True)[: len(frames)]
    labels, starts, ends = labels[first], frames[first], frames[last] + 1
    kept = ends - starts >= min_frames
    labels, starts, ends = labels[kept], starts[kept], ends[kept]
    sums = _stretch_sums(scores, starts, ends)[np.arange(len(labels)), labels]
    return Detections(labels, starts, ends, sums / (ends - starts))


def temporal_iou(starts: np.ndarray, ends: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """Return the temporal intersection over union of segments.

    Args:
        starts (np.ndarray): First frames, ``(P, )``.
        ends (np.ndarray): Ends, exclusive, ``(P, )``.
        truths (np.ndarray): Ground truth, rows of ``label, start, end``, ``(G, 3)``.

    Returns:
        np.ndarray: ``(P, G)``.
    """
    starts, ends, (_, other_starts, other_ends) = starts[:, None], ends[:, None], truths.T
    common = np.maximum(np.minimum(ends, other_ends) - np.maximum(starts, other_starts), 0)
    return common / ((ends - starts) + (other_ends - other_starts) - common)


def _stretch_sums(scores: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Sum frame scores ``(T, K)`` over each range ``[start, end)``, ``(n, K)``."""
    sums = np.zeros((len(scores) + 1, scores.shape[1]))
    np.cumsum(scores, axis=0, dtype=np.float64, out=sums[1:])
    return sums[ends] - sums[starts]
