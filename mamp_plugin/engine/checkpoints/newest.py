"""Newest whole checkpoint of a work dir, and the file that mmengine finds it by."""

import os
import pickle
import re
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

from mamp_plugin.output_files import open_atomically

from .loading import load
from .resumption import check_resumable

#: File in a work dir in which mmengine looks for the last checkpoint.
POINTER = 'last_checkpoint'


class Newest(NamedTuple):
    """Newest whole checkpoint.

    Args:
        path (str, optional): The checkpoint; None if there is none.
        broken (list[str]): Reasons why newer files were passed over.
    """

    path: Optional[str]
    broken: List[str]


def newest_whole(work_dir: str) -> Newest:
    """Find the checkpoint of a work dir that a run can be resumed from.

    The file that mmengine writes its path to is not asked: it may be empty or missing, or name another folder.

    Args:
        work_dir (str): The work dir.
    """
    broken: List[str] = []
    found = [_newest_named(work_dir, kind, broken) for kind in ('epoch', 'iter')]
    return Newest(max(filter(None, found), default=(0, None))[1], broken)


def write_pointer(work_dir: str, checkpoint: str) -> None:
    """Write the path of the last checkpoint to where mmengine looks for it."""
    with open_atomically(os.path.join(work_dir, POINTER)) as file:
        file.write(checkpoint.encode())


def _newest_named(work_dir: str, kind: str, broken: List[str]) -> Optional[Tuple[int, Optional[str]]]:
    """Return iteration and path of the newest whole checkpoint ``{kind}_N.pth``; add the reasons against newer ones."""
    names = [re.fullmatch(rf'{kind}_(\d+)\.pth', path.name) for path in Path(work_dir).glob('*.pth')]
    for match in sorted(filter(None, names), key=lambda match: -int(match[1])):
        path = os.path.join(work_dir, match[0])
        try:
            checkpoint = load(path)
            check_resumable(checkpoint, path)
            return checkpoint['meta']['iter'], path
        except (OSError, RuntimeError, ValueError, pickle.UnpicklingError) as error:
            broken.append(str(error))
    return None
