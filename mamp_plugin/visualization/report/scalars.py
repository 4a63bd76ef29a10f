"""Logged scalars of a run, as curves."""

import json
from math import isfinite
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

import numpy as np

#: Entries that place a line of the log, or say how long it took to validate.
_PLACES = ('epoch', 'iter', 'step')
_DURATIONS = ('time', 'data_time')
#: Points of all curves together, and at most and at least of one.
_BUDGET, _MOST, _LEAST = 150_000, 1000, 60

Entry = Dict[str, Any]


class Curve(NamedTuple):
    """Scalar over the steps of a run.

    Args:
        name (str): Name in the log.
        axis (str): 'iteration' of entries of training, 'epoch' of those of an evaluation.
        x (list[float]): Steps.
        y (list[float, optional]): Values; None where they are NaN or infinite.
    """

    name: str
    axis: str
    x: List[float]
    y: List[Optional[float]]


def read_entries(path: Path) -> List[Entry]:
    """Read mmengine's ``scalars.json``; lines that are not whole, as the last one of a living run, are left out."""
    entries = []
    for line in path.read_text(encoding='utf-8', errors='replace').splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and _is_number(entry.get('step')):
            entries.append(entry)
    return entries


def join(logs: Iterable[List[Entry]]) -> List[Entry]:
    """Join the entries of a run and of its continuations, oldest first; of steps logged twice the later log counts."""
    joined: List[Entry] = []
    for log in logs:
        first = {kind: min(entry['step'] for entry in log if is_training(entry) == kind) for kind in _kinds(log)}
        joined = [entry for entry in joined if entry['step'] < first.get(is_training(entry), float('inf'))] + log
    return joined


def is_training(entry: Entry) -> bool:
    """Tell entries of training from those of validations and hooks."""
    return 'iter' in entry


def curves_of(entries: Sequence[Entry], by_epoch: bool = True) -> List[Curve]:
    """Return a curve for every scalar of joined entries.

    Args:
        entries (sequence[dict]): Entries, see :func:`join`.
        by_epoch (bool): Validations count epochs, else iterations. Defaults to True.
    """
    curves: Dict[Any, Curve] = {}
    for entry in entries:
        training = is_training(entry)
        axis = 'epoch' if by_epoch and not training else 'iteration'
        for name, value in entry.items():
            if name in _PLACES or not _is_number(value) or (name in _DURATIONS and not training):
                continue
            curve = curves.setdefault((name, axis), Curve(name, axis, [], []))
            if curve.x and curve.x[-1] == entry['step']:  # a resumed run repeats its last evaluation
                curve.x.pop(), curve.y.pop()
            curve.x.append(entry['step'])
            curve.y.append(float(value) if isfinite(value) else None)
    return list(curves.values())


def thin(curves: Sequence[Curve]) -> List[Curve]:
    """Return curves of fewer points that keep the lowest and highest value of every stretch."""
    most = min(max(_BUDGET // max(len(curves), 1), _LEAST), _MOST)
    return [_thinned(curve, most) for curve in curves]


def _thinned(curve: Curve, most: int) -> Curve:
    if len(curve.x) <= most:
        return curve
    values = np.array([np.nan if value is None else value for value in curve.y])
    chosen = {0, len(values) - 1}
    for part in np.array_split(np.arange(len(values)), most // 2):
        known = part[np.isfinite(values[part])]
        chosen |= {int(known[values[known].argmin()]), int(known[values[known].argmax()])} if len(known) else {part[0]}
    places = sorted(chosen)
    return curve._replace(x=[curve.x[place] for place in places], y=[curve.y[place] for place in places])


def _kinds(log: List[Entry]) -> set:
    return {is_training(entry) for entry in log}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
