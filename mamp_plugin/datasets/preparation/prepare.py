"""From raw files to the annotation file."""

import os
import shutil
from collections import Counter
from contextlib import suppress
from typing import Any, Dict, List, Optional

from .annotation_file import write_annotations
from .chunks import convert_in_chunks
from .preparation import Preparation
from .raw_files import RawDataError
from .summary import summary


def prepare(preparation: Preparation, out: str, workers: Optional[int] = None, skip_broken: bool = False) -> str:
    """Converts a data set and writes its annotation file.

    What is converted is kept in a hidden folder beside the file until that is written: the same call goes on after an
    interruption.

    Args:
        preparation (Preparation): The data set.
        out (str): The annotation file.
        workers (int, optional): Number of processes. Defaults to None, as many as there are cores.
        skip_broken (bool): Whether raw files that cannot be read are left out. Defaults to False: they are an error.

    Returns:
        str: The summary: what the file holds and what was left out.
    """
    folder, file = os.path.split(os.path.abspath(out))
    cache = os.path.join(folder, f'.{file}.parts')
    os.makedirs(cache, exist_ok=True)
    try:
        converted = convert_in_chunks(preparation, cache, workers, skip_broken)
        converted.annotations.sort(key=lambda annotation: annotation['frame_dir'])
        content = dict(split=preparation.splits(converted.annotations), annotations=converted.annotations)
        _check(content)
        write_annotations(content, out)
    except BaseException:
        with suppress(OSError):
            os.rmdir(cache)  # if there is nothing in it
        if os.path.isdir(cache):
            print(f'\nwhat has been converted is kept in {cache}; the same command goes on from there')
        raise
    shutil.rmtree(cache)
    return summary(preparation, content, converted, out)


def _check(content: Dict[str, Any]) -> None:
    names: List[str] = [annotation['frame_dir'] for annotation in content['annotations']]
    if not names:
        raise RawDataError('nothing is left to write: every sequence was left out')
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise RawDataError(f'{len(twice)} sequences have the name of another one: {", ".join(twice[:5])}')
