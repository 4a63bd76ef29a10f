"""Reads annotation pickles without running what they contain."""

from _codecs import encode
from collections import OrderedDict
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from mamp_plugin.compat import pickle

_CORE = 'numpy._core' if find_spec('numpy._core') else 'numpy.core'
#: All that an annotation file may name; plain containers, numbers and strings need no name at all.
_ALLOWED = {
    'numpy.ndarray': np.ndarray,
    'numpy.dtype': np.dtype,
    'collections.OrderedDict': OrderedDict,
    'builtins.set': set,
    '__builtin__.set': set,
    'builtins.bytearray': bytearray,
    '_codecs.encode': encode,  # how protocols 0 to 2 spell bytes
}
for _package in ('numpy.core', 'numpy._core'):
    for _module, _name in (('multiarray', '_reconstruct'), ('multiarray', 'scalar'), ('numeric', '_frombuffer')):
        _ALLOWED[f'{_package}.{_module}.{_name}'] = getattr(import_module(f'{_CORE}.{_module}'), _name)


class _AnnotationUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        wanted = f'{module}.{name}'
        if wanted not in _ALLOWED:
            raise pickle.UnpicklingError(f'it asks for {wanted}')
        return _ALLOWED[wanted]


def load_annotations(path: str) -> Any:
    """Loads a pickle of NumPy arrays and plain containers; anything else is refused before it can act.

    Args:
        path (str): The pickle file.
    """
    try:
        with open(path, 'rb') as file:
            return _AnnotationUnpickler(file).load()
    except FileNotFoundError:
        raise FileNotFoundError(f'annotation file {path} does not exist; see ann_file in the config') from None
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(
            f'annotation file {path} is refused: {error}. Annotations hold NumPy arrays and plain containers only; '
            'write the file again with the tools in tools/data.'
        ) from None
    except Exception as error:  # a broken stream can fail anywhere in the unpickler
        raise pickle.UnpicklingError(f'annotation file {path} is damaged: {error!r}; make or copy it again') from error
