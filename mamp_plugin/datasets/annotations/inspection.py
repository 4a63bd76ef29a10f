"""What is in an annotation file or a store, and what is wrong with it."""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from mamp_plugin.skeletons import LAYOUTS, SkeletonLayout
from mamp_plugin.skeletons.presence import present_frames

from .content import name_of, parts_of
from .safe_pickle import load_annotations
from .store import SkeletonStore


class Source(NamedTuple):
    """Annotations that are read when they are asked for."""

    splits: Dict[str, Any]
    length: int
    read: Callable[[int], Dict]


def open_source(path: str) -> Source:
    """Opens an annotation file or a store."""
    if os.path.isdir(path):
        store = SkeletonStore(path)
        splits = {
            split: [name_of(store.values(row)) for row in rows] + store.absent[split]
            for split, rows in store.splits.items()
        }
        return Source(splits, len(store), store.annotation)
    content = parts_of(load_annotations(path), path)
    return Source(content.splits, len(content.annotations), content.annotations.__getitem__)


@dataclass
class Findings:
    """What was found.

    Args:
        splits (dict[str, list[str]]): Names by split.
        names (list[str]): Names of all annotations.
        labels (list[list[int]]): Classes of all annotations, several for a sequence with several actions.
        rows (list[int]): The annotations with a proper keypoint; the next three have an entry for each of them.
        skeletons (list[tuple]): Joints and coordinates.
        lengths (list[int]): Frames.
        persons (list[int]): Persons who are there in any frame.
        empty_frames (int): Frames without anybody.
        lowest, highest (dict[int, np.ndarray]): Finite coordinates of those who are there, by number of coordinates.
        problems (dict[str, list[str]]): Names of sequences or splits by what is wrong with them.
        remarks (dict[str, list[str]]): The same for what may be as it should be.
    """

    splits: Dict[str, List[str]]
    names: List[str] = field(default_factory=list)
    labels: List[List[int]] = field(default_factory=list)
    rows: List[int] = field(default_factory=list)
    skeletons: List[Tuple[int, int]] = field(default_factory=list)
    lengths: List[int] = field(default_factory=list)
    persons: List[int] = field(default_factory=list)
    empty_frames: int = 0
    lowest: Dict[int, np.ndarray] = field(default_factory=dict)
    highest: Dict[int, np.ndarray] = field(default_factory=dict)
    problems: Dict[str, List[str]] = field(default_factory=dict)
    remarks: Dict[str, List[str]] = field(default_factory=dict)

    def problem(self, what: str, name: str) -> None:
        self.problems.setdefault(what, []).append(name)

    def remark(self, what: str, name: str) -> None:
        self.remarks.setdefault(what, []).append(name)

    @property
    def skeleton(self) -> Optional[Tuple[int, int]]:
        """Joints and coordinates of most sequences."""
        return Counter(self.skeletons).most_common(1)[0][0] if self.skeletons else None

    @property
    def layout(self) -> Optional[SkeletonLayout]:
        """The layout with these joints and coordinates."""
        return next((some for some in LAYOUTS.values() if (some.num_joints, some.dims) == self.skeleton), None)

    @property
    def classes(self) -> Dict[str, Counter]:
        """Sequences by class, of all and of every split; in one with several actions every class counts once."""
        by_name = {name: set(labels) for name, labels in zip(self.names, self.labels)}
        counts = {'all': Counter(label for labels in self.labels for label in set(labels))}
        for split, names in self.splits.items():
            counts[split] = Counter(label for name in names for label in by_name.get(name, ()))
        return counts


def inspect_source(source: Source) -> Findings:
    """Looks at every sequence and every split."""
    findings = Findings({str(split): _names(names) for split, names in source.splits.items()})
    for row in range(source.length):
        annotation = source.read(row)
        name = name_of(annotation)
        if not isinstance(name, str) or not name.isprintable() or name != name.strip() or not name:
            findings.problem('name is no proper text', f'annotation {row}')
        findings.names.append(name if isinstance(name, str) else f'annotation {row}')
        _inspect_sequence(findings, annotation, row)
        findings.labels.append(_inspect_labels(findings, annotation))
    if not source.length:
        findings.problem('no annotations', 'the file')
    for name, count in Counter(findings.names).items():
        if count > 1:
            findings.problem('name stands for several sequences', name)
    for row, skeleton in zip(findings.rows, findings.skeletons):
        if skeleton != findings.skeleton:
            findings.problem('other joints or coordinates than most', findings.names[row])
    _inspect_splits(findings)
    return findings


def _names(names: Any) -> List[str]:
    return [name if isinstance(name, str) else f'a {type(name).__name__}' for name in names]


def _inspect_sequence(findings: Findings, annotation: Dict, row: int) -> None:
    name, keypoint, score = findings.names[row], annotation.get('keypoint'), annotation.get('keypoint_score')
    if not isinstance(keypoint, np.ndarray) or keypoint.ndim != 4 or keypoint.dtype.kind not in 'fiu':
        findings.problem('keypoint is no array (persons, frames, joints, coordinates)', name)
        return
    if annotation.get('total_frames') != keypoint.shape[1]:
        findings.problem('total_frames is not the number of frames', name)
    if score is not None and getattr(score, 'shape', None) != keypoint.shape[:3]:
        findings.problem('keypoint_score is not of the shape of keypoint', name)
    if not keypoint.size:
        findings.problem('no persons, frames, joints or coordinates', name)
        return
    present = present_frames(keypoint)
    there, empty = present.any(axis=1), int((~present.any(axis=0)).sum())
    findings.rows.append(row)
    findings.skeletons.append(keypoint.shape[2:])
    findings.lengths.append(keypoint.shape[1])
    findings.persons.append(int(there.sum()))
    findings.empty_frames += empty
    if not there.any():
        findings.problem('nobody in any frame', name)
    elif empty:
        findings.remark('frames without anybody', name)
    if not there.all():
        findings.remark('persons who are never there', name)
    _inspect_values(findings, keypoint[there], name)


def _inspect_values(findings: Findings, keypoint: np.ndarray, name: str) -> None:
    values = keypoint.reshape(-1, keypoint.shape[-1])
    finite = np.isfinite(values)
    if not finite.all():
        findings.problem('values that are no finite numbers', name)
        values = values[finite.all(axis=1)]
    if len(values):
        for extreme, extremes in ((np.minimum, findings.lowest), (np.maximum, findings.highest)):
            found = extreme.reduce(values)
            extremes[len(found)] = extreme(extremes.get(len(found), found), found)


def _inspect_labels(findings: Findings, annotation: Dict) -> List[int]:
    """The classes of an annotation: its label, its labels or those of its segments."""
    name, labels = findings.names[-1], annotation.get('label')
    if labels is None and 'segments' in annotation:
        try:
            rows = np.array(annotation['segments'], dtype=np.int64).reshape(-1, 3)
        except (ValueError, TypeError, OverflowError):
            rows = np.full((1, 3), -1)
        labels, starts, ends = rows.T.tolist()
        frames = getattr(annotation.get('keypoint'), 'shape', (0, 0))[1]
        if not all(0 <= start < end <= frames for start, end in zip(starts, ends)):
            findings.problem('segments are not rows of label, start and end within the frames', name)
    labels = np.ravel(labels).tolist() if isinstance(labels, (list, tuple, np.ndarray)) else [labels]
    if not all(isinstance(label, (int, np.integer)) and not isinstance(label, bool) and label >= 0 for label in labels):
        findings.problem('label is no class from 0 up', name)
        return []
    return [int(label) for label in labels]


def _inspect_splits(findings: Findings) -> None:
    known, members = set(findings.names), {split: set(names) for split, names in findings.splits.items()}
    for split, names in findings.splits.items():
        if not names:
            findings.problem('split is empty', split)
        for name, count in Counter(names).items():
            if count > 1:
                findings.problem('name is in a split more than once', f'{name} in {split}')
            if name not in known:
                findings.problem('name in a split stands for no sequence', f'{name} in {split}')
    for left, right in combinations(members, 2):
        # xsub_train and xsub_val exclude each other, xsub_train and xview_val do not
        if re.sub('train|val|test', '', left) == re.sub('train|val|test', '', right):
            for name in sorted(members[left] & members[right]):
                findings.problem('in two splits that exclude each other', f'{name} in {left} and {right}')
    if members:
        for name in findings.names:
            if not any(name in names for names in members.values()):
                findings.remark('in no split', name)
