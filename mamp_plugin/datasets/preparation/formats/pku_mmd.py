"""PKU-MMD I and II: long videos of up to two persons, 25 joints, with many actions each.

The raw files are the skeletons (a text file per video, 150 values per frame), the labels (text files of the same names,
a line `class,start,end,confidence` per action) and the lists of videos for training and validation
(`cross-subject.txt`, `cross-view.txt`). The frames of labels count from 0; the last one is not part of the action.
"""

import re
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from ..converted import Converted
from ..preparation import Preparation
from ..raw_files import RawDataError, RawFile
from ..text_table import cells, check_number, read_table

_VIDEO = r'(?:\d{4}|A\d\dN\d\d)-[LMR]'
_LISTS = {'xsub': r'(?i)((?:cross.?subject).*)\.txt', 'xview': r'(?i)((?:cross.?view).*)\.txt'}
_PERSONS = 2


class Pku1(Preparation):
    """Actions cut out of their videos, named ``{video}_{number}``.

    Args:
        raw (Sequence[str]): Folders, zip archives or files: skeletons, labels and lists.
    """

    name = 'pku1'
    title = 'PKU-MMD I, cut into actions'
    out = 'data/skeleton/pku1_3d.pkl'
    layout = 'nturgb+d'
    num_classes = 51
    chunk_size = 8

    def __init__(self, raw: Sequence[str]) -> None:
        super().__init__(raw)
        #: By protocol: the listed videos, and whether they train.
        self.lists = {protocol: self._read_lists(pattern) for protocol, pattern in _LISTS.items()}
        if not self.lists['xsub']:
            raise RawDataError(f'no cross-subject list of videos (cross-subject.txt) in {", ".join(map(str, raw))}')

    def _read_lists(self, pattern: str) -> Dict[str, bool]:
        videos: Dict[str, bool] = {}
        for _, file in self.files.matching(pattern):
            videos.update(_read_list(self.files.read(file), file.label))
        return videos

    def items(self) -> List[tuple]:
        skeletons, labels = self._sort_files()
        both = sorted(skeletons.keys() & labels.keys())
        self._note('skeletons without labels, not read', skeletons.keys() - labels.keys())
        self._note('labels without skeletons', labels.keys() - skeletons.keys())
        for protocol, videos in self.lists.items():
            if videos:
                self._note(f'in the lists of {protocol} but not there', videos.keys() - set(both))
                self._note(f'in none of the lists of {protocol}', set(both) - videos.keys())
        if not both:
            raise RawDataError(
                f'{len(skeletons)} skeletons and {len(labels)} labels of the same names were found in '
                f'{", ".join(self.files.paths)}; both are needed'
            )
        return [(video, skeletons[video], labels[video]) for video in both]

    def _sort_files(self) -> Tuple[Dict[str, RawFile], Dict[str, RawFile]]:
        """Skeletons and labels have the same names; only labels have commas."""
        skeletons: Dict[str, RawFile] = {}
        labels: Dict[str, RawFile] = {}
        for match, file in self.files.matching(rf'({_VIDEO})\.txt'):
            kind = labels if b',' in self.files.head(file, 100) else skeletons
            other = kind.setdefault(match[1], file)
            if other is not file:
                raise RawDataError(f'{match[1]} is there twice: {other.label} and {file.label}; give only one of them')
        return skeletons, labels

    def _note(self, what: str, videos: set) -> None:
        if videos:
            self.notes.append(f'{what}: {len(videos)} ({", ".join(sorted(videos))})')

    def convert(self, item: tuple, converted: Converted) -> None:
        video, skeleton, labels = item
        num_joints = converted.layout.num_joints
        table = read_table(self.files.read(skeleton), _PERSONS * num_joints * 3, skeleton.label)
        keypoint = table.reshape(len(table), _PERSONS, num_joints, 3).transpose(1, 0, 2, 3)
        segments = self._read_labels(labels, converted)
        self._add(video, keypoint, segments, skeleton.label, converted)

    def _read_labels(self, file: RawFile, converted: Converted) -> np.ndarray:
        rows = []
        for line, values in cells(self.files.read(file), ','):
            where = f'{file.label}:{line}'
            if len(values) not in (3, 4):
                raise RawDataError(f'{where}: expected class,start,end,confidence, found {len(values)} values')
            label, start, end = (check_number(value, where) for value in values[:3])
            if any(value != int(value) for value in (label, start, end)) or not 0 <= start < end:
                raise RawDataError(
                    f'{where}: expected a class and the frames of an action, found {label},{start},{end}'
                )
            converted.check_label(int(label) - 1, where)
            rows.append((label - 1, start, end))
        return np.array(rows, np.int64).reshape(-1, 3)

    def _add(self, video: str, keypoint: np.ndarray, segments: np.ndarray, where: str, converted: Converted) -> None:
        for index, (label, start, end) in enumerate(segments):
            name = f'{video}_{index:03}'
            if start >= keypoint.shape[1]:
                converted.leave_out(name, 'begins after the last frame of the video')
                continue
            if end > keypoint.shape[1]:
                converted.remark(name, 'ends after the last frame of the video, cut there')
            converted.add(name, keypoint[:, start:end], where, label)

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        names = [annotation['frame_dir'] for annotation in annotations]
        return {
            f'{protocol}_{part}': [name for name in names if videos.get(name.partition('_')[0]) is training]
            for protocol, videos in self.lists.items()
            if videos
            for part, training in (('train', True), ('val', False))
        }


class Pku1Untrimmed(Pku1):
    """Whole videos; ``segments`` has a row of label, first frame and the frame after the last for every action."""

    name = 'pku1_untrimmed'
    title = 'PKU-MMD I, whole videos'
    out = 'data/skeleton/pku1_untrimmed.pkl'

    def _add(self, video: str, keypoint: np.ndarray, segments: np.ndarray, where: str, converted: Converted) -> None:
        num_frames = keypoint.shape[1]
        for _ in range((segments[:, 1] >= num_frames).sum()):
            converted.remark(video, 'an action begins after the last frame, left out')
        segments = segments[segments[:, 1] < num_frames]
        for _ in range((segments[:, 2] > num_frames).sum()):
            converted.remark(video, 'an action ends after the last frame, cut there')
        converted.add(video, keypoint, where, segments=np.minimum(segments, [self.num_classes, num_frames, num_frames]))


class Pku2(Pku1):
    """As PKU-MMD I, other videos."""

    name = 'pku2'
    title = 'PKU-MMD II, cut into actions'
    out = 'data/skeleton/pku2_3d.pkl'


class Pku2Untrimmed(Pku1Untrimmed):
    """As PKU-MMD I, other videos."""

    name = 'pku2_untrimmed'
    title = 'PKU-MMD II, whole videos'
    out = 'data/skeleton/pku2_untrimmed.pkl'


def _read_list(text: bytes, where: str) -> Dict[str, bool]:
    """Videos of a list, and whether they train: names after a line "Training videos:" or "Validation videos:"."""
    videos: Dict[str, bool] = {}
    training = None
    for number, line in enumerate(text.decode('utf-8', 'replace').splitlines(), start=1):
        heading = re.match(r'\W*(train|val|test)\w* videos', line, re.IGNORECASE)
        if heading:
            training = heading[1].lower() == 'train'
            line = line[heading.end() :]
        for video in re.findall(_VIDEO, line):
            if training is None:
                raise RawDataError(f'{where}:{number}: expected a line "Training videos:" before the names')
            if videos.setdefault(video, training) is not training:
                raise RawDataError(f'{where}:{number}: {video} is in both lists')
    if set(videos.values()) != {True, False}:
        raise RawDataError(f'{where}: expected names after "Training videos:" and after "Validation videos:"')
    return videos
