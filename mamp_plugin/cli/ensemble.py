"""Average the scores of several models, such as the joint, bone and motion streams, on the same samples.

    python tools/test.py CONFIG CHECKPOINT --dump joint.npz         # once per stream
    python tools/analysis_tools/ensemble.py joint.npz bone.npz motion.npz

The files must hold the same samples with the same labels, in any order.
"""

import argparse
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import numpy as np

from mamp_plugin.evaluation import (
    accuracies,
    align,
    are_probabilities,
    average_scores,
    load_scores,
    softmax,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', nargs='+', metavar='[NAME=]PATH', help='score files, with the names of their rows')
    parser.add_argument('--weights', nargs='+', type=float, help='weight of each file; default: equal weights')
    parser.add_argument(
        '--softmax',
        action='store_true',
        help='convert logits to probabilities first; files of probabilities stay unchanged',
    )
    return parser.parse_args()


def named_paths(files: List[str]) -> Dict[str, str]:
    """Return paths by stream name, by default the stem of the file."""
    paths = {}
    for entry in files:
        name, equals, path = entry.partition('=')
        if not equals or Path(entry).exists():
            name, path = Path(entry).stem, entry
        if name in paths:
            raise ValueError(f"two files are named '{name}': {paths[name]} and {path}; write NAME={path}")
        paths[name] = path
    return paths


def to_one_scale(scores: Dict[str, np.ndarray], use_softmax: bool) -> List[np.ndarray]:
    """Return scores that are all logits or all probabilities, so that none outweighs the others."""
    ready = {name: are_probabilities(rows) for name, rows in scores.items()}
    if use_softmax:
        return [rows if ready[name] else softmax(rows) for name, rows in scores.items()]
    if len(set(ready.values())) > 1:
        raise ValueError(
            f'{", ".join(name for name in ready if ready[name])} holds probabilities, '
            f'{", ".join(name for name in ready if not ready[name])} does not; convert logits with --softmax'
        )
    return list(scores.values())


def evaluate(
    paths: Dict[str, str], weights: Optional[List[float]] = None, use_softmax: bool = False
) -> List[Tuple[str, Dict[str, float]]]:
    """Return the accuracies of every stream and, last, of the ensemble."""
    labels, scores = align([load_scores(path) for path in paths.values()])
    scores = to_one_scale(dict(zip(paths, scores)), use_softmax)
    candidates = [*zip(paths, scores), ('ensemble', average_scores(scores, weights))]
    return [(name, accuracies(rows, labels)) for name, rows in candidates]


def main() -> None:
    args = parse_args()
    try:
        rows = evaluate(named_paths(args.files), args.weights, args.softmax)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    width = max(len(name) for name, _ in rows)
    print(f'{"":{width}}   top-1   top-5  mean class')
    for name, row in rows:
        print(f'{name:{width}}  {100 * row["top1"]:6.2f}  {100 * row["top5"]:6.2f}  {100 * row["mean1"]:10.2f}')
