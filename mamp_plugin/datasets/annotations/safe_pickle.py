"""Load annotation pickles without executing code from the file."""

import os
import pickle
from typing import Any, Iterable

from mamp_plugin.untrusted.plain_values import Refused, check_plain
from mamp_plugin.untrusted.unpickler import AnnotationUnpickler


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
        check_plain(content, size)
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
