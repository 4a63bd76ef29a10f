"""Parallel, resumable conversion of raw files, chunk by chunk."""

import hashlib
import multiprocessing
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from typing import Generator, Iterator, List, Optional, Tuple

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations
from mamp_plugin.datasets.annotations.writing import write_annotations
from mamp_plugin.progress import Track, no_progress
from mamp_plugin.skeletons import SkeletonLayout, get_layout, register_layout
from mamp_plugin.version import __version__

from .converted import Converted
from .preparation import Preparation
from .raw_files import RawDataError

#: Items, and the file that keeps their conversion.
Chunk = Tuple[list, str]


def convert_in_chunks(
    preparation: Preparation,
    folder: str,
    workers: Optional[int] = None,
    skip_broken: bool = False,
    track: Track = no_progress,
) -> Converted:
    """Convert all items of a data set.

    Args:
        preparation (Preparation): Data set.
        folder (str): Folder of finished chunks; those of an earlier run are reused.
        workers (int, optional): Number of processes. Defaults to None, one per core.
        skip_broken (bool): Skip unreadable raw files instead of raising. Defaults to False.
        track (callable): Shows the progress. Defaults to none.
    """
    items = preparation.items()
    chunks = _chunks(preparation, items, folder, skip_broken)
    todo = [chunk for chunk in chunks if not os.path.exists(chunk[1])]
    finished = len(items) - sum(len(some) for some, _ in todo)
    if finished:
        print(f'resuming: {finished} of {len(items)} were converted by an earlier run')
    with closing(_convert_all(preparation, todo, min(workers or _num_cores(), len(todo)), skip_broken)) as counts:
        for _ in track((None for count in counts for _ in range(count)), len(items) - finished):
            pass
    converted = preparation.converted()
    for _, path in chunks:
        converted.merge(load_annotations(path))
    return converted


def _chunks(preparation: Preparation, items: list, folder: str, skip_broken: bool) -> List[Chunk]:
    """Name each chunk by a hash of its items, the options and the version."""
    fixed = __version__, preparation.name, sorted(preparation.options.items()), skip_broken
    chunks = []
    for start in range(0, len(items), preparation.chunk_size):
        some = items[start : start + preparation.chunk_size]
        key = hashlib.sha256(repr((fixed, some)).encode('utf-8', 'surrogateescape')).hexdigest()[:32]
        chunks.append((some, os.path.join(folder, f'{key}.pkl')))
    return chunks


def _convert_all(
    preparation: Preparation, todo: List[Chunk], workers: int, skip_broken: bool
) -> Generator[int, None, None]:
    """Yield the number of items of each finished chunk."""
    if workers <= 1:
        for chunk in todo:
            yield _convert_chunk(preparation, chunk, skip_broken)
        return
    layout = get_layout(preparation.layout)
    # fork spares the workers the imports; it is unsafe on macOS and missing on Windows
    context = multiprocessing.get_context('fork' if sys.platform == 'linux' else None)
    with (
        ProcessPoolExecutor(workers, context, _start_worker, (preparation, skip_broken, layout)) as pool,
        _killing_workers(),
    ):
        try:
            with _without_interrupts():
                futures = [pool.submit(_convert_in_worker, chunk) for chunk in todo]
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise RawDataError(
                'a worker process was killed, possibly out of memory; '
                'run the same command again to resume, with fewer --workers to save memory'
            ) from error
        except Exception:
            pool.shutdown(cancel_futures=True)  # chunks in progress are finished, for the next run
            raise


@contextmanager
def _killing_workers() -> Iterator[None]:
    """Kill the processes that were started meanwhile if Ctrl-C interrupts, rather than wait for their chunks."""
    others = multiprocessing.active_children()
    try:
        yield
    except Exception:
        raise
    except BaseException:
        for child in multiprocessing.active_children():
            if child not in others:
                child.kill()
        raise


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Postpone Ctrl-C, and keep it from processes that start meanwhile: the parent handles it."""
    if not hasattr(signal, 'pthread_sigmask'):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_worker: tuple = ()


def _start_worker(preparation: Preparation, skip_broken: bool, layout: SkeletonLayout) -> None:
    global _worker
    register_layout(layout)  # a spawned process does not have layouts of the user
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = preparation, skip_broken


def _convert_in_worker(chunk: Chunk) -> int:
    preparation, skip_broken = _worker
    return _convert_chunk(preparation, chunk, skip_broken)


def _convert_chunk(preparation: Preparation, chunk: Chunk, skip_broken: bool) -> int:
    items, path = chunk
    result = preparation.converted(skip_broken)
    for item in items:
        converted = preparation.converted(skip_broken)  # of one item, so that a broken one leaves nothing behind
        with result.skipping_broken():
            preparation.convert(item, converted)
            result.merge(converted.content())
    write_annotations(result.content(), path)
    return len(items)


def _num_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
