"""Content and defects of an annotation file or a store."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np

from mamp_plugin.progress import Track, no_progress
from mamp_plugin.skeletons import LayoutLike, SkeletonLayout, fitting_layouts, get_layout
from mamp_plugin.skeletons.presence import MAX_COORDINATE, present_frames

from .content import check_joints, name_of
from .source import AnnotationFile
from .store import SkeletonStore


@dataclass
class Findings:
    """Findings of an inspection.

    Args:
        splits (dict[str, list[str]]): Names by split.
        names (list[str]): Names of all annotations.
        labels (list[list[int]]): Classes of all annotations, several for a sequence of several actions.
        rows (list[int]): Annotations with a valid keypoint; the next three lists have an entry for each of them.
        skeletons (list[tuple]): Numbers of joints and of coordinates.
        lengths (list[int]): Numbers of frames.
        persons (list[int]): Numbers of persons who are present in any frame.
        empty_frames (int): Number of frames without persons.
        lowest, highest (dict[int, np.ndarray]): Range of the finite coordinates of present persons, by number of
            coordinates.
        problems (dict[str, list[str]]): Names of sequences or splits, by defect.
        remarks (dict[str, list[str]]): Names of sequences, by what may be intended.
        given (SkeletonLayout, optional): Layout that the user says the data have.
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
    given: Optional[SkeletonLayout] = None

    def problem(self, what: str, name: str) -> None:
        """Add a defect."""
        self.problems.setdefault(what, []).append(name)

    def remark(self, what: str, name: str) -> None:
        """Add a remark."""
        self.remarks.setdefault(what, []).append(name)

    @property
    def skeleton(self) -> Optional[Tuple[int, int]]:
        """Numbers of joints and coordinates of most sequences."""
        return Counter(self.skeletons).most_common(1)[0][0] if self.skeletons else None

    @property
    def layouts(self) -> List[SkeletonLayout]:
        """Layouts that most sequences may have: the given one, or all that fit joints and coordinates."""
        if self.given or not self.skeleton:
            return [self.given] if self.given else []
        return [get_layout(name) for name in fitting_layouts(*self.skeleton)]

    @property
    def classes(self) -> Dict[str, Counter]:
        """Number of sequences by class, in all and in every split; a class counts once per sequence."""
        by_name = {name: set(labels) for name, labels in zip(self.names, self.labels)}
        counts = {'all': Counter(label for labels in self.labels for label in set(labels))}
        for split, names in self.splits.items():
            counts[split] = Counter(label for name in names for label in by_name.get(name, ()))
        return counts


def inspect_source(
    source: Union[AnnotationFile, SkeletonStore], track: Track = no_progress, layout: Optional[LayoutLike] = None
) -> Findings:
    """Inspect every sequence and every split.

    Args:
        source (AnnotationFile | SkeletonStore): Annotations.
        track (callable): Shows the progress. Defaults to none.
        layout (str or dict, optional): Layout of the data, which most sequences must have. Defaults to None.
    """
    given = None if layout is None else get_layout(layout)
    findings = Findings({str(split): _names(names) for split, names in source.split_names().items()}, given=given)
    for row in track(range(len(source)), len(source)):
        annotation = source.annotation(row)
        name = name_of(annotation)
        if not isinstance(name, str) or not name.isprintable() or name != name.strip() or not name:
            findings.problem('name is no printable string', f'annotation {row}')
        findings.names.append(name if isinstance(name, str) else f'annotation {row}')
        _inspect_sequence(findings, annotation, row)
        findings.labels.append(_inspect_labels(findings, annotation))
    if not len(source):
        findings.problem('no annotations', 'the file')
    for name, count in Counter(findings.names).items():
        if count > 1:
            findings.problem('name of several sequences', name)
    for row, skeleton in zip(findings.rows, findings.skeletons):
        if skeleton != findings.skeleton:
            findings.problem('other joints or coordinates than most', findings.names[row])
    if given and findings.skeleton:
        check_joints('most of the data', findings.skeleton[:1], given)
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
        findings.problem('keypoint_score does not match the shape of keypoint', name)
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
        findings.problem('no person in any frame', name)
    elif empty:
        findings.remark('frames without persons', name)
    if not there.all():
        findings.remark('persons without any frame', name)
    _inspect_values(findings, keypoint[there], name)


def _inspect_values(findings: Findings, keypoint: np.ndarray, name: str) -> None:
    values = keypoint.reshape(-1, keypoint.shape[-1])
    sound = np.abs(values) <= MAX_COORDINATE  # NaN is not below any bound
    if not sound.all():
        finite = np.isfinite(values[~sound]).all()
        findings.problem('values beyond any unit' if finite else 'NaN or infinite values', name)
        values = values[sound.all(axis=1)]
    if len(values):
        dims = values.shape[1]
        for extreme, extremes in ((np.minimum, findings.lowest), (np.maximum, findings.highest)):
            found = extreme.reduce(values)
            extremes[dims] = extreme(extremes[dims], found) if dims in extremes else found


def _inspect_labels(findings: Findings, annotation: Dict) -> List[int]:
    """Return the classes of an annotation: its label, its labels or those of its segments."""
    name, labels = findings.names[-1], annotation.get('label')
    if labels is None and 'segments' in annotation:
        try:
            rows = np.array(annotation['segments'], dtype=np.int64).reshape(-1, 3)
        except (ValueError, TypeError, OverflowError):
            rows = np.full((1, 3), -1)
        labels, starts, ends = rows.T.tolist()
        frames = getattr(annotation.get('keypoint'), 'shape', (0, 0))[1]
        if not all(0 <= start < end <= frames for start, end in zip(starts, ends)):
            findings.problem('segments are no rows of label, start and end within the frames', name)
    labels = np.ravel(labels).tolist() if isinstance(labels, (list, tuple, np.ndarray)) else [labels]
    if not all(isinstance(label, (int, np.integer)) and not isinstance(label, bool) and label >= 0 for label in labels):
        findings.problem('label is no class number from 0', name)
        return []
    return [int(label) for label in labels]


def _inspect_splits(findings: Findings) -> None:
    known, members = set(findings.names), {split: set(names) for split, names in findings.splits.items()}
    for split, names in findings.splits.items():
        if not names:
            findings.problem('split is empty', split)
        for name, count in Counter(names).items():
            if count > 1:
                findings.problem('name more than once in a split', f'{name} in {split}')
            if name not in known:
                findings.problem('name in a split without a sequence', f'{name} in {split}')
    for left, right in combinations(members, 2):
        # xsub_train and xsub_val must be disjoint, xsub_train and xview_val need not.
        if re.sub('train|val|test', '', left) == re.sub('train|val|test', '', right):
            for name in sorted(members[left] & members[right]):
                findings.problem('in two splits that must be disjoint', f'{name} in {left} and {right}')
    if members:
        for name in findings.names:
            if not any(name in names for names in members.values()):
                findings.remark('in no split', name)
