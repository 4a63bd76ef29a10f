"""Actions as segments of a sequence and as labels of its frames, and how one becomes the other."""

from typing import NamedTuple

import numpy as np


class Detections(NamedTuple):
    """Segments found in one video; all arrays of the same length ``(P, )``.

    Args:
        labels (np.ndarray): Actions.
        starts (np.ndarray): First frames.
        ends (np.ndarray): Frames after the last ones.
        scores (np.ndarray): How sure each is.
    """

    labels: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    scores: np.ndarray


def label_frames(segments: np.ndarray, num_frames: int, background: int) -> np.ndarray:
    """The label of every frame; where segments overlap, that of the later one in the list.

    Args:
        segments (np.ndarray): Rows of ``label, start, end``, the end not included, ``(n, 3)``.
        num_frames (int): Frames of the sequence, ``T``.
        background (int): The label of frames in no segment.

    Returns:
        np.ndarray: int64, ``(T, )``.
    """
    labels = np.full(num_frames, background, dtype=np.int64)
    for label, start, end in segments:
        labels[start:end] = label
    return labels


def smooth_scores(scores: np.ndarray, window: int) -> np.ndarray:
    """Moving average over time; at both ends of the sequence, over the part of the window that is inside.

    Args:
        scores (np.ndarray): Scores of every frame, ``(T, K)``.
        window (int): Frames to average, an odd number; 1 changes nothing.

    Returns:
        np.ndarray: ``(T, K)``.
    """
    if window < 1 or window % 2 == 0:
        raise ValueError(f'the window of the smoothing must be an odd number of frames, got {window}')
    frames = np.arange(len(scores))
    starts, ends = np.maximum(frames - window // 2, 0), np.minimum(frames + window // 2 + 1, len(scores))
    return _stretch_sums(scores, starts, ends) / (ends - starts)[:, None]


def find_segments(scores: np.ndarray, max_gap: int = 0, min_frames: int = 1) -> Detections:
    """Groups frames to segments of actions.

    Every frame belongs to the class with its highest score, the first one if several have it. The frames of one action
    make segments: those with at most ``max_gap`` frames of anything else between them belong to the same one. Segments
    of fewer than ``min_frames`` frames, closed gaps included, are dropped. The score of a segment is the mean score of
    its action over all of its frames.

    Args:
        scores (np.ndarray): Probabilities of every frame, background last, ``(T, C + 1)``.
        max_gap (int): Longest gap to close. Defaults to 0.
        min_frames (int): Shortest segment to keep. Defaults to 1.

    Returns:
        Detections: Ordered by action, then time.
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
    """Overlap of segments in time as a share of what they cover together.

    Args:
        starts (np.ndarray): First frames, ``(P, )``.
        ends (np.ndarray): Frames after the last ones, ``(P, )``.
        truths (np.ndarray): What to compare with, rows of ``label, start, end``, ``(G, 3)``.

    Returns:
        np.ndarray: ``(P, G)``.
    """
    starts, ends, (_, other_starts, other_ends) = starts[:, None], ends[:, None], truths.T
    common = np.maximum(np.minimum(ends, other_ends) - np.maximum(starts, other_starts), 0)
    return common / ((ends - starts) + (other_ends - other_starts) - common)


def _stretch_sums(scores: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Sums of ``(T, K)`` over frames ``starts`` to ``ends``, ``(n, K)``."""
    sums = np.zeros((len(scores) + 1, scores.shape[1]))
    np.cumsum(scores, axis=0, dtype=np.float64, out=sums[1:])
    return sums[ends] - sums[starts]
