"""Feature files: names of sequences and their features as plain arrays that load without unpickling."""

from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import numpy as np

from mamp_plugin.output_files import open_atomically
from mamp_plugin.untrusted.arrays import read_npz

HINT = 'write it with tools/infer.py INPUT --checkpoint CHECKPOINT --out FILE.npz'


class Features(NamedTuple):
    """Features of sequences or windows.

    Args:
        names (np.ndarray): Names; those of windows with first frame and end, ``(N, )``.
        features (np.ndarray): ``(N, D)``.
    """

    names: np.ndarray
    features: np.ndarray


def collect_features(predictions: List[Dict[str, Any]]) -> Features:
    """Return the features that :class:`SkeletonInferencer` gives; names of windows have first frame and end."""
    if not predictions:
        raise ValueError('the input has no sequences, so there are no features')
    names = [
        f'{each["name"]} [{each["start"]}:{each["end"]}]' if 'start' in each else each['name'] for each in predictions
    ]
    return Features(np.array(names), np.stack([each['feature'] for each in predictions]))


def save_features(path: str, found: Features) -> None:
    """Write a feature file.

    Args:
        path (str): The ``.npz`` file; missing folders are created.
        found (Features): Names and features.
    """
    with open_atomically(path) as file:
        np.savez(file, **found._asdict())


def load_features(path: str) -> Features:
    """Read a feature file without unpickling."""
    if not Path(path).is_file():
        raise FileNotFoundError(f'feature file {path} does not exist; {HINT}')
    try:
        found = Features(**read_npz(path, ('names', 'features')))
    except ValueError as error:
        raise ValueError(f'{path} is not a feature file or is damaged ({error}); {HINT}') from None
    names, features = found
    if features.ndim != 2 or names.shape != features.shape[:1] or names.dtype.kind != 'U' or features.dtype.kind != 'f':
        raise ValueError(f'{path} needs a name and a feature per row, has {names.shape} and {features.shape}; {HINT}')
    if not features.size or not np.isfinite(features).all():
        raise ValueError(f'{path} has no features, or some that are NaN or infinite; {HINT}')
    return found
