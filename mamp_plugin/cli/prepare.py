"""Convert a data set, as it is distributed, to an annotation file of mmaction2.

    python tools/data/prepare.py sbu --raw sbu.zip
    python tools/data/prepare.py utd_mhad --raw unpacked/Skeleton --out data/skeleton/utd_mhad.pkl

Raw files may be in folders and in zip archives, which are not unpacked. All cores are used; an interrupted run is
resumed by the same command. docs/data/ has a page for every data set; `prepare.py DATASET --help` lists its options.
"""

import argparse
import sys
from pickle import UnpicklingError
from typing import Type

from mmengine.utils import import_modules_from_strings

from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.datasets.annotations.safe_pickle import load_annotations
from mamp_plugin.datasets.annotations.store import StoreError, write_store
from mamp_plugin.datasets.preparation import PREPARATIONS, RawDataError, prepare
from mamp_plugin.datasets.preparation.preparation import Preparation
from mamp_plugin.progress import show_progress


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='dataset', metavar='DATASET', required=True)
    for name, preparation in PREPARATIONS.items():
        _add_command(commands, name, preparation)
    args = parser.parse_args()
    if not args.out.endswith('.pkl'):
        parser.error(f'--out must end in .pkl, the only format of PoseDataset; got {args.out!r}')
    if args.half and not args.store:
        parser.error('--half applies to the store; add --store')
    return args


def _add_command(commands: argparse._SubParsersAction, name: str, preparation: Type[Preparation]) -> None:
    command = commands.add_parser(
        name,
        help=preparation.title,
        description=sys.modules[preparation.__module__].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument('--raw', nargs='+', required=True, help='folders, zip archives or files of the data set')
    out = dict(default=preparation.out, help=f'annotation file; defaults to {preparation.out}')
    command.add_argument('--out', **(out if preparation.out else dict(required=True, help='annotation file')))
    command.add_argument('--workers', type=positive_int, help='number of processes; defaults to one per core')
    command.add_argument('--skip-broken', action='store_true', help='skip unreadable raw files instead of stopping')
    command.add_argument('--store', action='store_true', help='also write a store beside it, with the suffix .store')
    command.add_argument('--half', action='store_true', help='coordinates of the store in float16')
    preparation.add_arguments(command)


def main() -> None:
    options = vars(parse_args())
    preparation = PREPARATIONS[options.pop('dataset')]
    out, workers, skip_broken = (options.pop(name) for name in ('out', 'workers', 'skip_broken'))
    store, half = options.pop('store'), options.pop('half')
    try:
        import_modules_from_strings(options.pop('imports', None))
        print(prepare(preparation(**options), out, workers, skip_broken, show_progress))
        if store:
            write_store(load_annotations(out), f'{out[:-4]}.store', half, show_progress)
            print(f'{out[:-4]}.store: the same as a store')
    except (RawDataError, StoreError, ImportError, UnpicklingError) as error:
        raise SystemExit(f'error: {error}') from None
