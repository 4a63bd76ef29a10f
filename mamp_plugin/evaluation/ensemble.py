"""Several models' scores on the same samples, averaged."""

from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmaction.evaluation import mean_class_accuracy, top_k_accuracy

from .score_files import Scores, listing


def align(streams: Sequence[Scores]) -> Tuple[np.ndarray, List[np.ndarray]]:
    """Brings the samples of all streams into the order of the first.

    Args:
        streams (Sequence[Scores]): What each model said; the samples may stand in any order, but must be the same.

    Returns:
        tuple: Labels ``(N, )``, and of each stream the scores ``(N, classes)``.
    """
    first = streams[0]
    aligned = []
    for stream in streams:
        _check_same_samples(first, stream)
        order = np.argsort(stream.names)[np.argsort(np.argsort(first.names))]
        differ = np.flatnonzero(stream.labels[order] != first.labels)
        if len(differ):
            example = f'label {first.labels[differ[0]]} and {stream.labels[order[differ[0]]]} for the first'
            raise ValueError(
                f'{first.source} and {stream.source} disagree on the class of {listing(first.names[differ])} '
                f'({example}); score models on the same data'
            )
        aligned.append(stream.scores[order])
    return first.labels, aligned


def _check_same_samples(first: Scores, stream: Scores) -> None:
    for source, names, other in (
        (stream.source, np.setdiff1d(first.names, stream.names), first.source),
        (first.source, np.setdiff1d(stream.names, first.names), stream.source),
    ):
        if len(names):
            raise ValueError(f'{source} lacks, of what {other} has, {listing(names)}; score models on the same data')
    if first.scores.shape[1] != stream.scores.shape[1]:
        raise ValueError(
            f'{first.source} has scores of {first.scores.shape[1]} classes, {stream.source} of '
            f'{stream.scores.shape[1]}; all models must know the same classes'
        )


def are_probabilities(scores: np.ndarray) -> bool:
    """Whether every row ``(N, classes)`` is non-negative and sums up to one."""
    return bool((scores >= 0).all() and np.allclose(scores.sum(axis=1), 1, atol=1e-2))  # half precision adds up roughly


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities of logits ``(N, classes)``."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def average_scores(scores: Sequence[np.ndarray], weights: Optional[Sequence[float]] = None) -> np.ndarray:
    """The weighted mean of the streams' scores.

    Args:
        scores (Sequence[np.ndarray]): Of each stream ``(N, classes)``.
        weights (Sequence[float], optional): How much each counts. Defaults to None, which counts all alike.
    """
    if weights is not None:
        if len(weights) != len(scores):
            raise ValueError(f'{len(weights)} weights for {len(scores)} streams; give one for each')
        if not np.isfinite(weights).all() or min(weights) < 0 or max(weights) == 0:
            raise ValueError(f'weights must not be negative and not all zero, got {list(weights)}')
    return np.average(np.stack(scores), axis=0, weights=weights)


def accuracies(scores: np.ndarray, labels: np.ndarray) -> Dict[str, float]:
    """Top-1, top-5 and mean class accuracy as mmaction2's ``AccMetric`` computes them.

    Args:
        scores (np.ndarray): ``(N, classes)``.
        labels (np.ndarray): ``(N, )``.
    """
    top1, top5 = top_k_accuracy(scores, labels, (1, 5))
    return dict(top1=float(top1), top5=float(top5), mean1=float(mean_class_accuracy(scores, labels)))
