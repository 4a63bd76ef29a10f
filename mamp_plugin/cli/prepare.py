"""Turns a data set as it is distributed into mmaction2's annotation file.

    python tools/data/prepare.py sbu --raw sbu.zip
    python tools/data/prepare.py utd_mhad --raw unpacked/Skeleton --out data/skeleton/utd_mhad.pkl

The raw files may be in folders, in zip archives (which are not unpacked), or both. All cores work; a run that was
interrupted goes on when it is started again. docs/data/ has a page for every data set; `prepare.py DATASET --help`
tells what else can be set.
"""

import argparse
import sys
from pickle import UnpicklingError

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations
from mamp_plugin.datasets.annotations.store import StoreError, write_store
from mamp_plugin.datasets.preparation import PREPARATIONS, RawDataError, prepare


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='dataset', metavar='DATASET', required=True)
    for name, preparation in PREPARATIONS.items():
        _add_command(commands, name, preparation)
    args = parser.parse_args()
    if not args.out.endswith('.pkl'):
        parser.error(f'--out must end in .pkl, as PoseDataset reads nothing else; got {args.out!r}')
    if args.half and not args.store:
        parser.error('--half is about the store; give --store, too')
    if args.workers is not None and args.workers < 1:
        parser.error(f'--workers must be at least 1, got {args.workers}')
    return args


def _add_command(commands: argparse._SubParsersAction, name: str, preparation: type) -> None:
    command = commands.add_parser(
        name,
        help=preparation.title,
        description=sys.modules[preparation.__module__].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument('--raw', nargs='+', required=True, help='folders, zip archives or files of the data set')
    out = dict(default=preparation.out, help=f'annotation file; {preparation.out} if not given')
    command.add_argument('--out', **(out if preparation.out else dict(required=True, help='annotation file')))
    command.add_argument('--workers', type=int, help='number of processes; all cores if not given')
    command.add_argument(
        '--skip-broken', action='store_true', help='leave raw files that cannot be read out instead of stopping'
    )
    command.add_argument('--store', action='store_true', help='make a store of it, too, beside it and ending in .store')
    command.add_argument('--half', action='store_true', help='coordinates of the store in 16 bits')
    preparation.add_arguments(command)


def main() -> None:
    options = vars(parse_args())
    preparation = PREPARATIONS[options.pop('dataset')]
    out, workers, skip_broken = (options.pop(name) for name in ('out', 'workers', 'skip_broken'))
    store, half = options.pop('store'), options.pop('half')
    try:
        print(prepare(preparation(**options), out, workers, skip_broken))
        if store:
            write_store(load_annotations(out), f'{out[:-4]}.store', half=half)
            print(f'{out[:-4]}.store: the same as a store')
    except (RawDataError, StoreError, OSError, UnpicklingError) as error:
        raise SystemExit(f'error: {error}') from None
    except KeyboardInterrupt:
        raise SystemExit('interrupted') from None
