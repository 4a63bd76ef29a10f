"""Average precision of temporal action detection."""

from typing import Sequence, Tuple

import numpy as np

from .segments import Detections, temporal_iou


def match_detections(detections: Detections, truths: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """Match the detections of one video to the ground truth.

    In descending order of scores (of equal scores the earlier start first), each detection is matched to the unmatched
    ground-truth segment of its action with the highest temporal IoU, if that reaches the threshold.

    Args:
        detections (Detections): ``P`` detected segments.
        truths (np.ndarray): Ground truth, rows of ``label, start, end``, ``(G, 3)``.
        thresholds (Sequence[float]): ``Q`` thresholds of :func:`temporal_iou`.

    Returns:
        np.ndarray: True positives, bool, ``(Q, P)``.
    """
    labels, starts, ends, scores = detections
    hits = np.zeros((len(thresholds), len(labels)), dtype=bool)
    if not len(truths):
        return hits
    overlaps = temporal_iou(starts, ends, truths) * (labels[:, None] == truths[:, 0])
    free = np.ones((len(thresholds), len(truths)), dtype=bool)
    every = np.arange(len(thresholds))
    for index in np.lexsort((ends, starts, -scores)):
        reachable = overlaps[index] * free
        best = reachable.argmax(axis=1)
        hits[:, index] = reachable[every, best] >= thresholds
        free[every, best] &= ~hits[:, index]
    return hits


def average_precision(scores: np.ndarray, hits: np.ndarray, num_truths: int) -> np.ndarray:
    """Compute average precision: the area under the precision-recall curve, without interpolation.

    The sum over all distinct scores, each taken as the threshold, of the precision times the gain in recall over the
    next higher score. Segments never detected contribute 0.

    Args:
        scores (np.ndarray): Scores of the detections, ``(P, )``.
        hits (np.ndarray): True positives, bool, ``(Q, P)``.
        num_truths (int): Number of ground-truth segments, at least one.

    Returns:
        np.ndarray: Average precision, ``(Q, )``.
    """
    order = np.argsort(-scores)
    found = hits[:, order].cumsum(axis=1)
    precision = found / np.arange(1, len(scores) + 1)
    steps = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    gained = np.diff(found[:, steps], axis=1, prepend=0)
    return (precision[:, steps] * gained).sum(axis=1) / num_truths


def detection_precision(
    detections: Sequence[Detections], truths: Sequence[np.ndarray], thresholds: Sequence[float]
) -> Tuple[np.ndarray, np.ndarray]:
    """Compute mean average precision over actions and over videos.

    ``mAP_a`` averages over actions, whose detections are pooled over all videos; ``mAP_v`` averages over videos, whose
    detections are pooled over all actions. Actions and videos without ground truth are skipped, but detections in such
    a video still count as false positives of their action.

    Args:
        detections (Sequence[Detections]): Detections of each video.
        truths (Sequence[np.ndarray]): Ground truth of each video, rows of ``label, start, end``, ``(G, 3)``.
        thresholds (Sequence[float]): ``Q`` thresholds of :func:`temporal_iou`.

    Returns:
        tuple[np.ndarray]: ``mAP_a`` and ``mAP_v``, ``(Q, )`` each.
    """
    hits = [match_detections(found, truth, thresholds) for found, truth in zip(detections, truths)]
    by_video = [
        average_precision(found.scores, right, len(truth))
        for found, right, truth in zip(detections, hits, truths)
        if len(truth)
    ]
    if not by_video:
        raise ValueError('no video has ground-truth segments, so average precision is undefined; check the annotations')
    labels, scores = (np.concatenate([getattr(found, name) for found in detections]) for name in ('labels', 'scores'))
    hits = np.concatenate(hits, axis=1)
    by_action = [
        average_precision(scores[labels == action], hits[:, labels == action], count)
        for action, count in zip(*np.unique(np.concatenate(truths)[:, 0], return_counts=True))
    ]
    return np.mean(by_action, axis=0), np.mean(by_video, axis=0)
