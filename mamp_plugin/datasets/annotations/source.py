"""Annotation files and stores behind one interface."""

import os
from typing import Any, Dict, List, Optional, Union

import numpy as np

from .content import check_keypoint, check_names, check_split, class_names_in, name_of, parts_of, refuse_empty
from .safe_pickle import load_annotations
from .store import SkeletonStore


class AnnotationFile:
    """Annotations of a pickle file, all in memory, with the interface of :class:`SkeletonStore`.

    Args:
        path (str): The file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._content = parts_of(load_annotations(path), path)

    def __len__(self) -> int:
        return len(self._content.annotations)

    def split_names(self) -> Dict[str, Any]:
        """Return the names of the sequences by split, unchecked."""
        return self._content.splits

    def rows(self, split: Optional[str] = None) -> np.ndarray:
        """Return the row numbers of a split, or of all sequences, ascending."""
        check_names(self._content, self.path)
        rows = list(range(len(self)))
        if split is not None:
            check_split(self._content.splits, split, self.path)
            names = set(self._content.splits[split])
            rows = [row for row in rows if name_of(self.annotation(row)) in names]
        if not rows:
            refuse_empty(split, self.path)
        return np.array(rows)

    def class_names(self) -> Optional[List[str]]:
        """Return the names of the classes, or None if the file has none."""
        return class_names_in(self._content.more, self.path)

    def shapes(self, rows: np.ndarray) -> np.ndarray:
        """Return the shapes ``(M, T, V, C)`` of sequences, ``(len(rows), 4)``."""
        for annotation in self.select(rows):
            check_keypoint(annotation, self.path)
        return np.array([annotation['keypoint'].shape for annotation in self.select(rows)])

    def annotation(self, row: int) -> Dict[str, Any]:
        """Return the annotation of a sequence, not a copy."""
        return self._content.annotations[row]

    def select(self, rows: np.ndarray) -> List[Dict]:
        """Return the annotations of sequences."""
        return [self.annotation(row) for row in rows]


def open_source(path: str) -> Union[AnnotationFile, SkeletonStore]:
    """Open an annotation file or, if the path is a folder, a store."""
    return SkeletonStore(path) if os.path.isdir(path) else AnnotationFile(path)
