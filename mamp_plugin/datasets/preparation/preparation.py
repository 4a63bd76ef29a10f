"""What a data set has to say so that it can be prepared."""

import argparse
from abc import ABCMeta, abstractmethod
from typing import Any, Callable, Dict, List, Sequence

from mamp_plugin.skeletons import get_layout

from .converted import Converted
from .raw_files import RawFiles


class Preparation(metaclass=ABCMeta):
    """A data set's raw files, how one of them is read, and its splits.

    Args:
        raw (Sequence[str]): Folders, zip archives or files.
    """

    #: What the command line calls it and says about it.
    name: str
    title: str
    #: The annotation file that the configs read; empty where there is none.
    out: str
    layout: str
    num_classes: int
    #: Raw files that are converted, and kept when a run is interrupted, together.
    chunk_size = 32
    #: Samples per split of the complete data set, as published.
    published: Dict[str, int] = {}

    def __init__(self, raw: Sequence[str]) -> None:
        self.files = RawFiles(raw)
        #: What the summary says about the raw files as a whole.
        self.notes: List[str] = []

    @staticmethod  # noqa: B027  (most have none)
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """Adds to the command line what the constructor takes besides ``raw``."""

    @property
    def options(self) -> Dict[str, Any]:
        """What besides the raw files decides how one of them is read."""
        return {}

    @abstractmethod
    def items(self) -> list:
        """What there is to convert: tuples of raw files and plain values."""

    @abstractmethod
    def convert(self, item: Any, converted: Converted) -> None:
        """Reads an item and adds what is in it."""

    @abstractmethod
    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        """Sample names by split."""

    def converted(self, skip_broken: bool = False) -> Converted:
        return Converted(get_layout(self.layout), self.num_classes, skip_broken)


def train_and_val(
    annotations: List[Dict[str, Any]], protocol: str, is_training: Callable[[str], bool]
) -> Dict[str, List[str]]:
    """The two splits of a protocol: names for which ``is_training`` holds, and the others."""
    names = [annotation['frame_dir'] for annotation in annotations]
    return {
        f'{protocol}_train': [name for name in names if is_training(name)],
        f'{protocol}_val': [name for name in names if not is_training(name)],
    }
