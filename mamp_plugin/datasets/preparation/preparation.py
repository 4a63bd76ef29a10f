"""Base class of the data sets that can be prepared."""

import argparse
from abc import ABCMeta, abstractmethod
from typing import Any, Callable, Collection, Dict, List, Optional, Sequence

from mamp_plugin.skeletons import LAYOUTS, LayoutLike, get_layout

from .converted import Converted
from .raw_files import RawDataError, RawFiles


class Preparation(metaclass=ABCMeta):
    """Raw files of a data set, their reader and the splits.

    Args:
        raw (Sequence[str]): Folders, zip archives or files.
    """

    #: Subcommand of ``prepare.py`` and its one-line help.
    name: str
    title: str
    #: Default annotation file, the one that the configs read; empty if ``--out`` must be given.
    out: str
    layout: str
    num_classes: int
    #: Names of the classes, which the annotation file then has as ``classes``; None if they are not known.
    classes: Optional[List[str]] = None
    #: Items per work unit: converted by one worker, kept as one file when a run is interrupted.
    chunk_size = 32
    #: Published number of samples per split.
    published: Dict[str, int] = {}

    def __init__(self, raw: Sequence[str]) -> None:
        self.files = RawFiles(raw)
        #: Remarks of the summary about the data set as a whole.
        self.notes: List[str] = []

    @staticmethod  # noqa: B027  (most have none)
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """Add the constructor's arguments other than ``raw`` to the command line."""

    @property
    def options(self) -> Dict[str, Any]:
        """Return all that changes the conversion of an item besides the item itself."""
        return {}

    @abstractmethod
    def items(self) -> list:
        """Return the items to convert: tuples of raw files and plain values."""

    @abstractmethod
    def convert(self, item: Any, converted: Converted) -> None:
        """Read an item and add its sequences to ``converted``."""

    @abstractmethod
    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        """Return the sample names of each split."""

    def converted(self, skip_broken: bool = False) -> Converted:
        """Return an empty container for converted items."""
        return Converted(get_layout(self.layout), self.num_classes, skip_broken)

    def note(self, text: str, names: Collection[str]) -> None:
        """Add a note on some names, if there are any."""
        if names:
            self.notes.append(f'{text}: {len(names)} ({", ".join(sorted(names))})')


def add_layout_arguments(parser: argparse.ArgumentParser, required: bool) -> None:
    """Add ``--layout`` and ``--import``, which :func:`named_layout` reads, to the command line."""
    known = ', '.join(LAYOUTS)
    parser.add_argument('--layout', required=required, help=f'layout of the skeletons: {known}, or a JSON file')
    parser.add_argument(
        '--import', nargs='+', dest='imports', metavar='MODULE', help='modules that register your own layouts'
    )


def named_layout(layout: LayoutLike) -> str:
    """Return the name of a layout of the command line, which is registered."""
    try:
        return get_layout(layout).name
    except KeyError as error:
        raise RawDataError(f'{error.args[0]}; or give a JSON file, or --import a module that registers it') from None
    except ValueError as error:
        raise RawDataError(str(error)) from None


def train_and_val(
    annotations: List[Dict[str, Any]], protocol: str, is_training: Callable[[str], bool]
) -> Dict[str, List[str]]:
    """Split the sample names of a protocol into ``{protocol}_train`` and ``{protocol}_val``."""
    names = [annotation['frame_dir'] for annotation in annotations]
    return {
        f'{protocol}_train': [name for name in names if is_training(name)],
        f'{protocol}_val': [name for name in names if not is_training(name)],
    }
