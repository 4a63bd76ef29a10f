"""Load annotation pickles without executing code from the file."""

import os
import pickle
from collections import OrderedDict
from typing import Any, Iterable

import numpy as np

from .unpickler import KEYS, AnnotationUnpickler, Refused

_MAPPINGS = (dict, OrderedDict)
_SEQUENCES = (list, tuple, set)
#: Annotations are nested about six deep; unlimited nesting breaks the code that walks through them.
_MAX_DEPTH = 32
#: Limit of container entries per byte of the file: a reused small value takes at least two bytes.
_USES_PER_BYTE = 16


def load_annotations(path: str, buffers: Iterable = ()) -> Any:
    """Load a pickle of NumPy arrays and plain containers; refuse anything else before it can act.

    Args:
        path (str): Pickle file.
        buffers (Iterable): Buffers of arrays that were pickled out of band. Defaults to none.
    """
    buffers = [memoryview(buffer) for buffer in buffers]
    try:
        with open(path, 'rb') as file:
            size = os.fstat(file.fileno()).st_size + sum(buffer.nbytes for buffer in buffers)
            content = AnnotationUnpickler(file, size, buffers).load()
        _check_plain(content, _USES_PER_BYTE * size)
    except FileNotFoundError:
        raise FileNotFoundError(f'annotation file {path} does not exist; see ann_file in the config') from None
    except IsADirectoryError:
        raise IsADirectoryError(
            f'annotation file {path} is a folder, expected a pickle; '
            'stores are read by SkeletonDataset and UntrimmedSkeletonDataset only'
        ) from None
    except Refused as error:
        raise Refused(
            f'annotation file {path} is refused: {error}. Annotations hold NumPy arrays and plain containers only; '
            'write the file again with the tools in tools/data.'
        ) from None
    except Exception as error:  # a broken stream can fail anywhere in the unpickler
        reason = f'{type(error).__name__}: {error}'[:200]
        raise pickle.UnpicklingError(f'annotation file {path} is damaged ({reason}); make or copy it again') from error
    return content


def _check_plain(content: Any, max_entries: int) -> None:
    """Refuse leftovers of the unpickler and excessive nesting."""
    level, seen = [content], 0
    for _ in range(_MAX_DEPTH):
        deeper: list = []
        for value in level:
            kind = type(value)
            if kind in _SEQUENCES or kind in _MAPPINGS:
                seen += len(value)
                if seen > max_entries:
                    raise Refused('its containers expand to far more values than the file holds')
                deeper.extend(value.values() if kind in _MAPPINGS else value)
            elif kind not in KEYS and kind is not np.ndarray and not isinstance(value, np.generic):
                raise Refused(f'it holds a {kind.__name__}')
        if not deeper:
            return
        level = deeper
    raise Refused(f'it is nested more than {_MAX_DEPTH} deep')
