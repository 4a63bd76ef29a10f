"""Writing annotation files."""

import os
import pickle
import tempfile
from typing import Any


def write_annotations(content: Any, path: str) -> None:
    """Writes all or nothing: a run that is stopped leaves no broken file behind.

    Args:
        content (Any): Arrays and plain containers; for PoseDataset ``dict(split=..., annotations=...)``.
        path (str): The file, made with the folders it needs.
    """
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    handle, temporary = tempfile.mkstemp(suffix='.tmp', dir=folder)
    try:
        with os.fdopen(handle, 'wb') as file:
            pickle.dump(content, file, protocol=5)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.remove(temporary)
        raise
