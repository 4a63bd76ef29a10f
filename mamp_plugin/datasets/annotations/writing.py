"""Write annotation files."""

import pickle
from typing import Any

from mamp_plugin.output_files import open_atomically


def write_annotations(content: Any, path: str) -> None:
    """Write an annotation file atomically: an interrupted run leaves the old file or none.

    Args:
        content (Any): Arrays and plain containers; for PoseDataset ``dict(split=..., annotations=...)``.
        path (str): Annotation file; missing folders are created.
    """
    with open_atomically(path) as file:
        pickle.dump(content, file, protocol=5)
