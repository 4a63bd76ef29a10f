"""Conversion of raw files to an annotation file, with a summary."""

import os
import shutil
import sys
import textwrap
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from mamp_plugin.datasets.annotations.writing import write_annotations
from mamp_plugin.output_files import check_file
from mamp_plugin.progress import Track, no_progress

from .chunks import convert_in_chunks
from .converted import Converted
from .preparation import Preparation
from .raw_files import RawDataError


def prepare(
    preparation: Preparation,
    out: str,
    workers: Optional[int] = None,
    skip_broken: bool = False,
    track: Track = no_progress,
) -> str:
    """Convert a data set and write its annotation file.

    Converted parts are kept in a hidden folder beside the file until it is written: after an interruption, the same
    call resumes.

    Args:
        preparation (Preparation): Data set.
        out (str): Annotation file.
        workers (int, optional): Number of processes. Defaults to None, one per core.
        skip_broken (bool): Skip unreadable raw files instead of raising. Defaults to False.
        track (callable): Shows the progress. Defaults to none.

    Returns:
        str: Summary: content of the file, skipped sequences, remarks.
    """
    folder, file = os.path.split(os.path.abspath(out))
    cache = os.path.join(folder, f'.{file}.parts')
    check_file(out)
    os.makedirs(cache, exist_ok=True)
    try:
        converted = convert_in_chunks(preparation, cache, workers, skip_broken, track)
        converted.annotations.sort(key=lambda annotation: annotation['frame_dir'])
        content = dict(split=preparation.splits(converted.annotations), annotations=converted.annotations)
        if preparation.classes is not None:
            content['classes'] = preparation.classes
        _check_names([annotation['frame_dir'] for annotation in converted.annotations])
        write_annotations(content, out)
    except BaseException:
        for unfinished in Path(cache).glob('*.tmp'):  # of workers that were killed
            unfinished.unlink()
        with suppress(OSError):
            os.rmdir(cache)  # succeeds only if it is empty
        if os.path.isdir(cache):
            print(f'converted parts are kept in {cache}; run the same command again to resume', file=sys.stderr)
        raise
    shutil.rmtree(cache)
    return _summary(preparation, content, converted, out)


def _check_names(names: List[str]) -> None:
    if not names:
        raise RawDataError('no sequence is left to write: all were left out')
    duplicates = [name for name, count in Counter(names).items() if count > 1]
    if duplicates:
        raise RawDataError(
            f'{len(duplicates)} names belong to several sequences: {", ".join(duplicates[:5])}; names must be unique'
        )


def _summary(preparation: Preparation, content: Dict[str, Any], converted: Converted, out: str) -> str:
    annotations = content['annotations']
    lengths = [annotation['total_frames'] for annotation in annotations]
    persons = [len(annotation['keypoint']) for annotation in annotations]
    lines = [
        f'{out}: {len(annotations)} sequences of {_range(lengths)} frames, '
        f'persons: {_range(persons)}, layout {preparation.layout}'
    ]
    for name, members in content['split'].items():
        published = preparation.published.get(name)
        complete = f'  (complete: {published})' if published not in (None, len(members)) else ''
        lines.append(f'  {name:<14}{len(members):>8}{complete}')
    lines.append(f'  {"left out":<14}{len(converted.left_out):>8}')
    lines += _by_reason(converted.left_out) + _by_reason(converted.remarks)
    return '\n'.join(lines + preparation.notes)


def _range(values: List[int]) -> str:
    low, high = min(values), max(values)
    return str(low) if low == high else f'{low} to {high}'


def _by_reason(found: List[Tuple[str, str]]) -> List[str]:
    reasons: Dict[str, List[str]] = {}
    for name, reason in found:
        reasons.setdefault(reason, []).append(name)
    lines = []
    for reason, names in reasons.items():
        lines.append(f'{reason}: {len(names)}')
        lines += textwrap.wrap(' '.join(sorted(names)), 116, initial_indent='    ', subsequent_indent='    ')
    return lines
