"""How well the actions in untrimmed sequences are found: average precision at overlaps in time."""

from typing import Sequence, Tuple

import numpy as np

from .segments import Detections, temporal_iou


def match_detections(detections: Detections, truths: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """Which detections of one video are right.

    In the order of falling scores, earlier start first where these are equal, each detection takes of the segments of
    its action that are not taken yet the one it overlaps most, if by the threshold or more.

    Args:
        detections (Detections): What was found, ``P`` segments.
        truths (np.ndarray): What there is, rows of ``label, start, end``, ``(G, 3)``.
        thresholds (Sequence[float]): Least overlaps, as :func:`temporal_iou`, ``Q`` of them.

    Returns:
        np.ndarray: bool, ``(Q, P)``.
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
    """Area under the curve of precision over recall, not interpolated.

    The sum, over all distinct scores, of the precision among the detections with at least this score times the recall
    that they have more than those with the next higher score. What is never found has precision 0.

    Args:
        scores (np.ndarray): How sure each detection is, ``(P, )``.
        hits (np.ndarray): Which are right, bool, ``(Q, P)``.
        num_truths (int): How many there are to be found, at least one.

    Returns:
        np.ndarray: ``(Q, )``.
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
    """Mean average precision over actions and over videos.

    Over actions: the average precision of each action, its detections in all videos together. Over videos: that of
    each video, its detections of all actions together. An action or a video without any segment to be found has no
    average precision and is left out; what is detected in such a video still counts against its action.

    Args:
        detections (Sequence[Detections]): What was found in each video.
        truths (Sequence[np.ndarray]): What there is, rows of ``label, start, end``, ``(G, 3)`` for each video.
        thresholds (Sequence[float]): Least overlaps, ``Q`` of them.

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
        raise ValueError('no video has an action to be found; there is no average precision')
    labels, scores = (np.concatenate([getattr(found, name) for found in detections]) for name in ('labels', 'scores'))
    hits = np.concatenate(hits, axis=1)
    by_action = [
        average_precision(scores[labels == action], hits[:, labels == action], count)
        for action, count in zip(*np.unique(np.concatenate(truths)[:, 0], return_counts=True))
    ]
    return np.mean(by_action, axis=0), np.mean(by_video, axis=0)
