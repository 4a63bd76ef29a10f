"""Write the synthetic sequences to an annotation file for PoseDataset or, untrimmed, UntrimmedSkeletonDataset."""

import argparse
from typing import Any, Dict

from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.datasets import SyntheticSkeletonDataset, SyntheticUntrimmedDataset
from mamp_plugin.datasets.annotations.writing import write_annotations
from mamp_plugin.datasets.synthetic_dataset import SPLITS
from mamp_plugin.output_files import check_file
from mamp_plugin.progress import Track, no_progress, show_progress
from mamp_plugin.skeletons import LAYOUTS

#: Keys that data sets add to an annotation.
_ADDED = ('modality', 'start_index', 'sample_idx', 'layout')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', required=True, help='annotation file to write, ending in .pkl')
    parser.add_argument('--layout', default='nturgb+d', help=f'{", ".join(LAYOUTS)}, or a JSON file')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--subjects', type=positive_int, default=32)
    parser.add_argument('--repetitions', type=positive_int, default=1)
    parser.add_argument('--untrimmed', action='store_true', help='sequences of several actions, with segments')
    args = parser.parse_args()
    if not args.out.endswith('.pkl'):
        parser.error(f'--out must end in .pkl, the only format of PoseDataset; got {args.out!r}')
    return args


def annotations_of(track: Track = no_progress, **dataset: Any) -> Dict[str, Any]:
    """Return the content of the annotation file: ``split`` and ``annotations``."""
    everything = SyntheticSkeletonDataset(pipeline=[], **dataset)
    annotations = [everything.get_data_info(index) for index in track(range(len(everything)), len(everything))]
    for annotation in annotations:
        for key in _ADDED:
            del annotation[key]
    split = {name: [take.name for take in everything.takes(name)] for name in SPLITS}
    return dict(split=split, annotations=annotations)


def untrimmed_annotations_of(track: Track = no_progress, **dataset: Any) -> Dict[str, Any]:
    """Return the content of the annotation file of whole untrimmed sequences."""
    everything = SyntheticUntrimmedDataset(pipeline=[], window=1, stride=1, lazy_init=True, **dataset)
    split = {name: [take.name for take in everything.takes(name)] for name in SPLITS}
    takes = everything.takes()
    return dict(split=split, annotations=list(track(everything.sequences(takes), len(takes))))


def main() -> None:
    args = parse_args()
    check_file(args.out)
    content = (untrimmed_annotations_of if args.untrimmed else annotations_of)(
        show_progress, layout=args.layout, seed=args.seed, num_subjects=args.subjects, num_repetitions=args.repetitions
    )
    write_annotations(content, args.out)
    print(f'{len(content["annotations"])} sequences written to {args.out}')
