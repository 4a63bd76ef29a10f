"""Progress of long work, for functions that report it only if their caller wants it."""

import sys
from typing import Callable, Iterable, TypeVar

from mmengine.utils import track_iter_progress

Item = TypeVar('Item')
#: Function that iterates over work with its number of items, and may show the progress.
Track = Callable[[Iterable[Item], int], Iterable[Item]]


def no_progress(items: Iterable[Item], total: int) -> Iterable[Item]:
    """Return the items as they are."""
    return items


def show_progress(items: Iterable[Item], total: int) -> Iterable[Item]:
    """Iterate with a progress bar on stderr, if that is a terminal.

    Args:
        items (Iterable): Work.
        total (int): Number of items.
    """
    return track_iter_progress((items, total), file=sys.stderr) if sys.stderr.isatty() else items
