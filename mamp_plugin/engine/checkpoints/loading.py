"""Load checkpoints weights-only, with errors that name the file."""

import os
import pickle

import torch
from mmengine.runner.checkpoint import CheckpointLoader


def install() -> None:
    """Make ``load_from_local`` the loader of local files in mmengine."""
    CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)


def load_from_local(filename: str, map_location: str) -> dict:
    """Load a checkpoint file without running code that it may contain.

    Args:
        filename (str): Checkpoint file; ``~`` is expanded.
        map_location (str): Device to load tensors to, as for ``torch.load``.

    Returns:
        dict: Content of the checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        pickle.UnpicklingError: If the file holds anything that weights-only loading refuses.
        RuntimeError: If the file is truncated or no checkpoint.
    """
    filename = os.path.expanduser(filename)
    if not os.path.isfile(filename):
        raise FileNotFoundError(f'checkpoint {filename} does not exist')
    try:
        return torch.load(filename, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        # PyTorch wraps the reason in advice to load the file unsafely
        reason = str(error.__context__ or error).strip().splitlines()[0].partition('. ')[0].rstrip('.')
        raise pickle.UnpicklingError(
            f'checkpoint {filename} is refused: {reason}. It asks for more than weights, counters and log '
            'history, so nothing of it was run. If you trust where it comes from, save its state_dict alone '
            'with the program that wrote it and load that file.'
        ) from None
    except (RuntimeError, EOFError) as error:
        raise RuntimeError(f'checkpoint {filename} cannot be read, it may be cut off: {error}') from error
