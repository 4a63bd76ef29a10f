"""Load checkpoints of any scheme without unpickling arbitrary objects, and find the weights in them."""

import functools
import os
import pickle
from argparse import Namespace
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, Optional
from unittest import mock

import torch
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor

from mamp_plugin.untrusted.plain_values import Refused

from .checksum import check_checksum
from .scan import check_content

Weights = Dict[str, Tensor]
#: Keys under which training programs store the weights.
WEIGHT_KEYS = ('state_dict', 'model')


def install() -> None:
    """Make mmengine load checkpoints of every scheme without executing anything; call it before anything is loaded."""
    if hasattr(torch.serialization, 'add_safe_globals'):
        # official checkpoints hold their command-line arguments, a container of plain values
        torch.serialization.add_safe_globals([Namespace])
    for prefix, loader in list(CheckpointLoader._schemes.items()):
        if not hasattr(loader, '__wrapped__'):
            CheckpointLoader.register_scheme(prefixes=prefix, loader=_guarded(loader), force=True)
    CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)


def load_from_local(filename: str, map_location: Optional[str] = None) -> Any:
    """Load a local checkpoint that holds only weights, counters and log history.

    mmengine leaves ``weights_only`` to PyTorch's default, and its errors neither name the file nor offer a safe remedy
    (mmengine issue 1655).

    Args:
        filename (str): Path of the checkpoint.
        map_location (str, optional): As for :func:`torch.load`. Defaults to None.

    Raises:
        FileNotFoundError: The file does not exist.
        UnpicklingError: The file holds objects that are not allowed; none of them was created.
        RuntimeError: The file is damaged, or not the one that its checksum is of.
        ValueError: The file holds no dict.
    """
    filename = os.path.expanduser(filename)
    if not os.path.isfile(filename):
        raise FileNotFoundError(f'checkpoint {filename} does not exist')
    check_checksum(filename)
    return _as_data(_read(torch.load, filename, filename, map_location=map_location), filename)


def _guarded(loader: Callable) -> Callable:
    """Let the loader of a scheme, such as ``https://``, read what it has fetched as data."""

    @functools.wraps(loader)
    def load(filename: str, map_location: Any = None, **options: Any) -> Any:
        unguarded = torch.load

        def weights_only(file: Any, *args: Any, **kwargs: Any) -> Any:
            return _read(unguarded, filename, file, *args, **kwargs)

        with mock.patch.object(torch, 'load', weights_only):
            checkpoint = loader(filename, map_location=map_location, **options)
        return _as_data(checkpoint, filename)

    return load


def _read(load: Callable, source: str, file: Any, *args: Any, **kwargs: Any) -> Any:
    """Read a file with :func:`torch.load` as data, after a check of its content."""
    with _explained(source):
        check_content(file)
        return load(file, *args, **dict(kwargs, weights_only=True))


@contextmanager
def _explained(source: str) -> Iterator[None]:
    """Name the checkpoint in errors of reading it."""
    try:
        yield
    except pickle.UnpicklingError as error:
        # PyTorch wraps the reason in advice to load the file unsafely
        cause = error if isinstance(error, Refused) else error.__context__ or error
        reason = str(cause).strip().splitlines()[0].partition('. ')[0].rstrip('.')
        raise pickle.UnpicklingError(
            f'checkpoint {source} is refused: {reason}. Only weights, counters and log history are allowed, and '
            'nothing was executed. If you trust its source, save its state_dict alone with the program that wrote it '
            'and load that file'
        ) from None
    except Exception as error:  # broken bytes lead PyTorch to exceptions of many types
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise RuntimeError(f'checkpoint {source} cannot be read and may be truncated: {reason[:300]}') from error


def _as_data(checkpoint: Any, source: str) -> dict:
    """Return a loaded checkpoint, which must be a dict, without the config that mmengine would execute on resuming."""
    if not isinstance(checkpoint, dict):
        raise ValueError(_no_weights(checkpoint, f'checkpoint {source}'))
    if isinstance(checkpoint.get('meta'), dict):
        checkpoint['meta'].pop('config', None)
    return checkpoint


def load(path: str) -> Any:
    """Load a checkpoint on the CPU."""
    return CheckpointLoader.load_checkpoint(path, map_location='cpu', logger='silent')


def load_weights(path: str) -> Weights:
    """Load the weights of a checkpoint on the CPU; see :func:`weights_in`."""
    return weights_in(load(path), path)


def weights_in(checkpoint: Any, source: str = 'the checkpoint') -> Weights:
    """Return the weights in a checkpoint, without the ``module.`` prefix of data-parallel wrappers.

    Args:
        checkpoint (Any): A loaded checkpoint: a dict with ``state_dict`` or ``model``, or a state dict itself.
        source (str): Name of the checkpoint for the error message. Defaults to 'the checkpoint'.

    Returns:
        dict[str, Tensor]: Weights by name.
    """
    state = checkpoint if isinstance(checkpoint, dict) else {}
    state = next((state[key] for key in WEIGHT_KEYS if isinstance(state.get(key), dict)), state)
    weights = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    if not weights:
        raise ValueError(_no_weights(checkpoint, source))
    broken = first_not_finite(weights)
    if broken:
        raise ValueError(
            f'{source} has NaN or infinite values in {broken}: the run that wrote it had diverged; take an earlier one'
        )
    return {name[len('module.') :] if name.startswith('module.') else name: weights[name] for name in weights}


def first_not_finite(weights: Weights) -> Optional[str]:
    """Return the name of the first weight with a value that is NaN or infinite, or None."""
    floating = ((name, value) for name, value in weights.items() if value.is_floating_point())
    return next((name for name, value in floating if not value.isfinite().all()), None)


def _no_weights(content: Any, source: str) -> str:
    found = f'a {type(content).__name__}'
    if isinstance(content, dict):
        found += f' with the keys {", ".join(map(str, list(content)[:8]))}' if content else ' that is empty'
    return (
        f'{source} holds no weights, neither under {" or ".join(WEIGHT_KEYS)} nor directly: it is {found}; '
        'give a file with a dict of tensors by parameter name, as training saves it'
    )
