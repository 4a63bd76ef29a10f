"""Make a memory-mapped store, an alternative ann_file of SkeletonDataset, from an annotation file.

A store opens at once, and all processes share its memory. The annotation file stays unchanged.
"""

import argparse
from pathlib import Path

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations
from mamp_plugin.datasets.annotations.store import SkeletonStore, write_store
from mamp_plugin.output_files import check_folder
from mamp_plugin.progress import show_progress


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', help='annotation file')
    parser.add_argument('store', help='store to write, a folder; an older store of that name is replaced')
    parser.add_argument('--half', action='store_true', help='coordinates in float16, about three digits')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    check_folder(Path(args.store).absolute().parent)
    write_store(load_annotations(args.source), args.store, args.half, show_progress)
    print(f'{len(SkeletonStore(args.store))} sequences written to {args.store}')
