"""Converts raw files on all cores, chunk by chunk, so that an interrupted run goes on where it was."""

import hashlib
import multiprocessing
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Iterator, List, Optional, Tuple

from mmengine.utils import ProgressBar

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations
from mamp_plugin.version import __version__

from .annotation_file import write_annotations
from .converted import Converted
from .preparation import Preparation
from .raw_files import RawDataError

#: Items and the file their conversion is kept in.
Chunk = Tuple[list, str]


def convert_in_chunks(
    preparation: Preparation, folder: str, workers: Optional[int] = None, skip_broken: bool = False
) -> Converted:
    """Converts all items of a data set.

    Args:
        preparation (Preparation): The data set.
        folder (str): Where finished chunks are kept; those that are there already are used.
        workers (int, optional): Number of processes. Defaults to None, as many as there are cores.
        skip_broken (bool): Whether raw files that cannot be read are left out. Defaults to False: they are an error.
    """
    items = preparation.items()
    chunks = _chunks(preparation, items, folder, skip_broken)
    todo = [chunk for chunk in chunks if not os.path.exists(chunk[1])]
    finished = len(items) - sum(len(some) for some, _ in todo)
    if finished:
        print(f'{finished} of {len(items)} were converted by an earlier run')
    bar = ProgressBar(len(todo) and len(items) - finished)
    for count in _convert_all(preparation, todo, min(workers or _cores(), len(todo)), skip_broken):
        bar.update(count)
    print()
    converted = preparation.converted()
    for _, path in chunks:
        converted.merge(load_annotations(path))
    return converted


def _chunks(preparation: Preparation, items: list, folder: str, skip_broken: bool) -> List[Chunk]:
    """Every chunk goes by a name that changes with its items, the options and the version."""
    fixed = __version__, preparation.name, sorted(preparation.options.items()), skip_broken
    chunks = []
    for start in range(0, len(items), preparation.chunk_size):
        some = items[start : start + preparation.chunk_size]
        key = hashlib.sha256(repr((fixed, some)).encode('utf-8', 'surrogateescape')).hexdigest()[:32]
        chunks.append((some, os.path.join(folder, f'{key}.pkl')))
    return chunks


def _convert_all(preparation: Preparation, todo: List[Chunk], workers: int, skip_broken: bool) -> Iterator[int]:
    """Yields the number of items of every chunk that is done."""
    if workers <= 1:
        for chunk in todo:
            yield _convert_chunk(preparation, chunk, skip_broken)
        return
    # Linux forks: the workers have all modules at once. Elsewhere forking is not safe or not there.
    context = multiprocessing.get_context('fork' if sys.platform == 'linux' else None)
    with ProcessPoolExecutor(workers, context, _start_worker, (preparation, skip_broken)) as pool:
        futures = [pool.submit(_convert_in_worker, chunk) for chunk in todo]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise RawDataError(
                'a worker process was killed, perhaps for want of memory; '
                'the same command goes on from here, with fewer --workers it needs less'
            ) from error
        finally:
            for future in futures:
                future.cancel()


_worker: tuple = ()


def _start_worker(preparation: Preparation, skip_broken: bool) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    _worker = preparation, skip_broken


def _convert_in_worker(chunk: Chunk) -> int:
    preparation, skip_broken = _worker
    return _convert_chunk(preparation, chunk, skip_broken)


def _convert_chunk(preparation: Preparation, chunk: Chunk, skip_broken: bool) -> int:
    items, path = chunk
    together = preparation.converted(skip_broken)
    for item in items:
        converted = preparation.converted(skip_broken)
        with together.perhaps_broken():
            preparation.convert(item, converted)
            together.merge(converted.content())
    write_annotations(together.content(), path)
    return len(items)


def _cores() -> int:
    """Those this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
