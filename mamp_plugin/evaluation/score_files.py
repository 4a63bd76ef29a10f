"""Files of scores: sample names, labels and one row of scores per sample, as plain arrays that load without pickle."""

import zipfile
from pathlib import Path
from typing import NamedTuple, Sequence

import numpy as np

HINT = 'write it with tools/test.py --dump FILE.npz'


class Scores(NamedTuple):
    """What a model said about every sample of a data set.

    Args:
        source (str): Where it is from, for messages.
        names (np.ndarray): Sample names, ``(N, )``.
        labels (np.ndarray): Their classes, ``(N, )``.
        scores (np.ndarray): Their scores, ``(N, classes)``.
    """

    source: str
    names: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def save_scores(path: str, names: Sequence[str], labels: Sequence[int], scores: Sequence[np.ndarray]) -> None:
    """Writes a score file.

    Args:
        path (str): The ``.npz`` file; folders are made.
        names (Sequence[str]): Sample names.
        labels (Sequence[int]): Their classes.
        scores (Sequence[np.ndarray]): Their scores, ``(classes, )`` each.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, names=np.array(names, dtype=str), labels=np.array(labels, dtype=np.int64), scores=np.stack(scores))


def load_scores(path: str) -> Scores:
    """Reads and checks a score file; nothing in it is unpickled.

    Args:
        path (str): The ``.npz`` file.
    """
    if not Path(path).is_file():
        raise ValueError(f'score file {path} does not exist; {HINT}')
    try:
        with np.load(path, allow_pickle=False) as file:
            found = Scores(path, *(file[key] for key in ('names', 'labels', 'scores')))
    except (AttributeError, KeyError, TypeError, ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(f'{path} is not a score file, or damaged ({error}); {HINT}') from None
    _check(found)
    return found._replace(labels=found.labels.astype(np.int64))


def _check(found: Scores) -> None:
    shapes = f'names {found.names.shape}, labels {found.labels.shape}, scores {found.scores.shape}'
    if found.scores.ndim != 2 or not found.names.shape == found.labels.shape == found.scores.shape[:1]:
        raise ValueError(f'{found.source} must hold one name, one label and one row of scores per sample, has {shapes}')
    if found.scores.size == 0:
        raise ValueError(f'{found.source} is empty: {shapes}; {HINT}')
    kinds = [array.dtype.kind for array in found[1:]]
    if kinds[0] != 'U' or kinds[1] not in 'iu' or kinds[2] != 'f':
        raise ValueError(f'{found.source} must hold strings, whole numbers and floating-point numbers, has {kinds}')
    if not 0 <= found.labels.min() <= found.labels.max() < found.scores.shape[1]:
        raise ValueError(
            f'{found.source} has labels {found.labels.min()} to {found.labels.max()}, '
            f'but scores of {found.scores.shape[1]} classes'
        )
    bad = found.names[~np.isfinite(found.scores).all(axis=1)]
    if len(bad):
        raise ValueError(f'{found.source} has scores that are not finite, for {listing(bad)}; test the model again')
    names, counts = np.unique(found.names, return_counts=True)
    if len(names) < len(found.names):
        raise ValueError(f'{found.source} has several rows for {listing(names[counts > 1])}; {HINT}')


def listing(names: Sequence[str], shown: int = 5) -> str:
    """How many samples, and the first of them by name."""
    more = f' and {len(names) - shown} more' if len(names) > shown else ''
    return f'{len(names)} sample{"s" if len(names) > 1 else ""}: {", ".join(map(str, names[:shown]))}{more}'
