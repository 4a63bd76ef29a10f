"""Ensembles: average the scores of several models on the same samples."""

from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmaction.evaluation import mean_class_accuracy, top_k_accuracy

from .score_files import Scores, listing


def align(streams: Sequence[Scores]) -> Tuple[np.ndarray, List[np.ndarray]]:
    """Reorder the samples of all streams to the order of the first.

    Args:
        streams (Sequence[Scores]): Scores of each model; all hold the same samples, in any order.

    Returns:
        tuple: Labels ``(N, )`` and the scores of each stream, ``(N, classes)``.
    """
    first = streams[0]
    aligned = []
    for stream in streams:
        _check_same_samples(first, stream)
        order = np.argsort(stream.names)[np.argsort(np.argsort(first.names))]
        differing = np.flatnonzero(stream.labels[order] != first.labels)
        if len(differing):
            example = f'label {first.labels[differing[0]]} and {stream.labels[order[differing[0]]]} for the first'
            raise ValueError(
                f'{first.source} and {stream.source} disagree on the class of {listing(first.names[differing])} '
                f'({example}); test all models on the same data'
            )
        aligned.append(stream.scores[order])
    return first.labels, aligned


def _check_same_samples(first: Scores, stream: Scores) -> None:
    for source, names, other in (
        (stream.source, np.setdiff1d(first.names, stream.names), first.source),
        (first.source, np.setdiff1d(stream.names, first.names), stream.source),
    ):
        if len(names):
            raise ValueError(f'{source} lacks {listing(names)}, found in {other}; test all models on the same data')
    if first.scores.shape[1] != stream.scores.shape[1]:
        raise ValueError(
            f'{first.source} has scores of {first.scores.shape[1]} classes, {stream.source} of '
            f'{stream.scores.shape[1]}; average models of the same classes'
        )


def are_probabilities(scores: np.ndarray) -> bool:
    """Return True if all rows ``(N, classes)`` are non-negative and sum to one."""
    return bool((scores >= 0).all() and np.allclose(scores.sum(axis=1), 1, atol=1e-2))  # fp16 rounding


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the softmax of logits ``(N, classes)``."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def average_scores(scores: Sequence[np.ndarray], weights: Optional[Sequence[float]] = None) -> np.ndarray:
    """Return the weighted mean of the scores of all streams.

    Args:
        scores (Sequence[np.ndarray]): Scores of each stream, ``(N, classes)``.
        weights (Sequence[float], optional): Weight of each stream. Defaults to None: equal weights.
    """
    if weights is not None:
        if len(weights) != len(scores):
            raise ValueError(f'got {len(weights)} weights for {len(scores)} streams; give one for each')
        if not np.isfinite(weights).all() or min(weights) < 0 or max(weights) == 0:
            raise ValueError(f'weights must be finite, not negative and not all zero, got {list(weights)}')
    return np.average(np.stack(scores), axis=0, weights=weights)


def accuracies(scores: np.ndarray, labels: np.ndarray) -> Dict[str, float]:
    """Return top-1, top-5 and mean class accuracy as computed by mmaction2's ``AccMetric``.

    Args:
        scores (np.ndarray): ``(N, classes)``.
        labels (np.ndarray): ``(N, )``.
    """
    top1, top5 = top_k_accuracy(scores, labels, (1, 5))
    return dict(top1=float(top1), top5=float(top5), mean1=float(mean_class_accuracy(scores, labels)))
