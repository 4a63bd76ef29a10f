"""Averages the scores of several models, such as the joint, bone and motion streams, on the same samples.

    python tools/test.py CONFIG CHECKPOINT --dump joint.npz         # once per stream
    python tools/analysis_tools/ensemble.py joint.npz bone.npz motion.npz

The files may hold the samples in any order, but must hold the same ones with the same labels.
"""

import argparse
from pathlib import Path
from typing import Dict, List, Tuple

from mamp_plugin.evaluation import (
    accuracies,
    align,
    are_probabilities,
    average_scores,
    load_scores,
    softmax,
)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', nargs='+', metavar='[NAME=]PATH', help='score files; NAME is for the table')
    parser.add_argument('--weights', nargs='+', type=float, help='how much each file counts; all alike if not given')
    parser.add_argument(
        '--softmax',
        action='store_true',
        help='turn logits into probabilities first; files of probabilities are left as they are',
    )
    return parser.parse_args()


def named_paths(files: List[str]) -> Dict[str, str]:
    """Paths by the name of their stream, which is the file's own if none is given."""
    paths = {}
    for entry in files:
        name, equals, path = entry.partition('=')
        if not equals or Path(entry).exists():
            name, path = Path(entry).stem, entry
        if name in paths:
            raise ValueError(f"two files are called '{name}': {paths[name]} and {path}; write NAME={path}")
        paths[name] = path
    return paths


def to_average(scores: Dict, use_softmax: bool) -> List:
    """The scores on one scale: a logit counts more than any probability."""
    ready = {name: are_probabilities(rows) for name, rows in scores.items()}
    if use_softmax:
        return [rows if ready[name] else softmax(rows) for name, rows in scores.items()]
    if len(set(ready.values())) > 1:
        raise ValueError(
            f'{", ".join(name for name in ready if ready[name])} holds probabilities, '
            f'{", ".join(name for name in ready if not ready[name])} does not; add --softmax'
        )
    return list(scores.values())


def evaluate(paths: Dict[str, str], weights=None, use_softmax: bool = False) -> List[Tuple[str, Dict[str, float]]]:
    """Accuracies of every stream and, last, of all together."""
    labels, scores = align([load_scores(path) for path in paths.values()])
    scores = to_average(dict(zip(paths, scores)), use_softmax)
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
