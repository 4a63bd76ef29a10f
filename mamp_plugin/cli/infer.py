"""Label skeleton sequences with a trained classifier, or extract their features with any encoder.

    python tools/infer.py jump.npy --checkpoint linear.pth                              # table on the screen
    python tools/infer.py recordings/ --checkpoint linear.pth --window 120 --out labels.json
    python tools/infer.py data/skeleton/ntu60_3d.pkl --checkpoint epoch_400.pth --out features.npz

Inputs are files, folders and zip archives: recordings (.npy, .npz, .csv, files of pose estimators and motion capture),
annotation files, stores, and raw files of the data sets that tools/data/prepare.py knows. The checkpoint carries its
config, which is read as data.
"""

import argparse
import json
from typing import Any, Dict, Iterator, List

from mamp_plugin.apis.feature_files import collect_features, save_features
from mamp_plugin.apis.inferencer import SkeletonInferencer
from mamp_plugin.cli.arguments import add_checkpoint_arguments, positive_int
from mamp_plugin.datasets.preparation.cleaning import add_cleaning_arguments, cleaning_of
from mamp_plugin.output_files import check_file, open_atomically
from mamp_plugin.progress import show_progress


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('inputs', nargs='+', metavar='INPUT', help='file, folder or zip archive')
    parser.add_argument(
        '--checkpoint', required=True, help='checkpoint of a classifier, or with --out FILE.npz of any run'
    )
    add_checkpoint_arguments(parser)
    parser.add_argument(
        '--out', help='file to write: .json for labels, .npz for features; default: labels on the screen'
    )
    parser.add_argument('--classes', metavar='FILE', help='class names: a text file with one a line, or a .pkl file')
    parser.add_argument(
        '--layout', help="skeleton layout of files that do not say theirs, a name or a JSON file; default: the model's"
    )
    add_cleaning_arguments(parser)
    parser.add_argument('--window', type=positive_int, help='frames of a sliding window, for labels over time')
    parser.add_argument(
        '--stride', type=positive_int, help='frames from one window to the next; default: half a window'
    )
    parser.add_argument('--min-score', type=float, default=0.0, help='least probability of a label over time')
    parser.add_argument('--top', type=positive_int, default=5, help='classes to list for a sequence')
    parser.add_argument('--pool', choices=['mean', 'parts'], default='mean', help='pool of features')
    parser.add_argument('--batch-size', type=positive_int, default=64)
    parser.add_argument('--device', help='device, such as cpu or cuda:1; default: an accelerator if there is one')
    args = parser.parse_args()
    if args.out and not args.out.endswith(('.json', '.npz')):
        parser.error(f'--out writes labels (.json) or features (.npz), got {args.out}')
    if args.stride and not args.window:
        parser.error('--stride needs --window')
    return args


def rows(predictions: List[Dict[str, Any]]) -> Iterator[str]:
    """Yield a line per label."""
    width = max(len(result['name']) for result in predictions)
    for result in predictions:
        for label in result.get('segments', result.get('top', [])):
            place = f'{label["start"]:>6} - {label["end"]:<6}  ' if 'start' in label else ''
            yield f'{result["name"]:<{width}}  {place}{label["score"]:.3f}  {label["class"]}'


def main() -> None:
    args = parse_args()
    if args.out:
        check_file(args.out)
    features = bool(args.out) and args.out.endswith('.npz')
    inferencer = SkeletonInferencer(
        args.checkpoint, args.config, args.device, args.classes, args.layout, cleaning_of(args), show_progress
    )
    results = inferencer(
        args.inputs,
        batch_size=args.batch_size,
        window=args.window,
        stride=args.stride,
        features=features,
        pool=args.pool,
        top=args.top,
        min_score=args.min_score,
    )
    predictions = results['predictions']
    if features:
        save_features(args.out, collect_features(predictions))
    elif args.out:
        with open_atomically(args.out) as file:
            file.write(json.dumps(dict(checkpoint=args.checkpoint, **results), indent=2).encode())
    else:
        print(*rows(predictions), sep='\n')
    for name, reason in results['left_out']:
        print(f'left out: {name} ({reason})')
    if args.out:
        print(f'{len(predictions)} {"features" if features else "sequences"} written to {args.out}')
