"""Score files: sample names, labels and scores as plain arrays that load without unpickling."""

from pathlib import Path
from typing import NamedTuple, Sequence

import numpy as np

from mamp_plugin.output_files import open_atomically
from mamp_plugin.untrusted.arrays import read_npz

HINT = 'write it with tools/test.py --dump FILE.npz'


class Scores(NamedTuple):
    """Scores of a model for all samples of a data set.

    Args:
        source (str): Path of the file, for messages.
        names (np.ndarray): Sample names, ``(N, )``.
        labels (np.ndarray): Labels, ``(N, )``.
        scores (np.ndarray): Scores, ``(N, classes)``.
    """

    source: str
    names: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def save_scores(path: str, names: Sequence[str], labels: Sequence[int], scores: Sequence[np.ndarray]) -> None:
    """Write a score file.

    Args:
        path (str): The ``.npz`` file; missing folders are created.
        names (Sequence[str]): Sample names.
        labels (Sequence[int]): Labels.
        scores (Sequence[np.ndarray]): Scores, ``(classes, )`` each.
    """
    arrays = dict(names=np.array(names, dtype=str), labels=np.array(labels, dtype=np.int64), scores=np.stack(scores))
    with open_atomically(path) as file:
        np.savez(file, **arrays)


def load_scores(path: str) -> Scores:
    """Read and validate a score file without unpickling.

    Args:
        path (str): The ``.npz`` file.
    """
    if not Path(path).is_file():
        raise ValueError(f'score file {path} does not exist; {HINT}')
    try:
        found = Scores(path, **read_npz(path, ('names', 'labels', 'scores')))
    except ValueError as error:
        raise ValueError(f'{path} is not a score file or is damaged ({error}); {HINT}') from None
    _check(found)
    return found._replace(labels=found.labels.astype(np.int64))


def _check(found: Scores) -> None:
    shapes = f'names {found.names.shape}, labels {found.labels.shape}, scores {found.scores.shape}'
    if found.scores.ndim != 2 or not found.names.shape == found.labels.shape == found.scores.shape[:1]:
        raise ValueError(f'{found.source} needs one name, label and row of scores per sample, has {shapes}; {HINT}')
    if found.scores.size == 0:
        raise ValueError(f'{found.source} is empty: {shapes}; {HINT}')
    kinds = [str(array.dtype) for array in found[1:]]
    if [array.dtype.kind.replace('u', 'i') for array in found[1:]] != ['U', 'i', 'f']:
        raise ValueError(f'{found.source} needs names (str), labels (int) and scores (float), has {kinds}; {HINT}')
    if not 0 <= found.labels.min() <= found.labels.max() < found.scores.shape[1]:
        raise ValueError(
            f'{found.source} has labels {found.labels.min()} to {found.labels.max()}, '
            f'but scores of {found.scores.shape[1]} classes; {HINT}'
        )
    bad = found.names[~np.isfinite(found.scores).all(axis=1)]
    if len(bad):
        raise ValueError(f'{found.source} has scores that are NaN or infinite for {listing(bad)}; test the model again')
    names, counts = np.unique(found.names, return_counts=True)
    if len(names) < len(found.names):
        raise ValueError(f'{found.source} has duplicate rows of {listing(names[counts > 1])}; {HINT}')


def listing(names: Sequence[str], shown: int = 5) -> str:
    """Return the number of samples and the first names."""
    more = f' and {len(names) - shown} more' if len(names) > shown else ''
    return f'{len(names)} sample{"s" if len(names) > 1 else ""}: {", ".join(map(str, names[:shown]))}{more}'
