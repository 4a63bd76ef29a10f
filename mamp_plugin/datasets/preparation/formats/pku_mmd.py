"""PKU-MMD I and II: long videos of up to two persons, 25 joints, with many actions each.

The raw files are the skeletons (a text file per video, 150 values per frame), the labels (text files of the same names,
a line `class,start,end,confidence` per action) and the lists of training and validation videos (`cross-subject.txt`,
`cross-view.txt`). Labels count frames from 0; the end frame is excluded.
"""

import re
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from ..converted import Converted
from ..preparation import Preparation
from ..raw_files import Found, RawDataError, RawFile, unique
from ..text_table import cells, parse_number, read_table

_VIDEO = r'(?:\d{4}|A\d\dN\d\d)-[LMR]'
_LISTS = {'xsub': r'(?i)((?:cross.?subject).*)\.txt', 'xview': r'(?i)((?:cross.?view).*)\.txt'}
_PERSONS = 2


class Pku1(Preparation):
    """PKU-MMD I cut into actions named ``{video}_{number}``.

    Args:
        raw (Sequence[str]): Folders, zip archives or files with skeletons, labels and lists.
    """

    name = 'pku1'
    title = 'PKU-MMD I, cut into actions'
    out = 'data/skeleton/pku1_3d.pkl'
    layout = 'nturgb+d'
    num_classes = 51
    chunk_size = 8

    def __init__(self, raw: Sequence[str]) -> None:
        super().__init__(raw)
        #: By protocol and video: True for training, False for validation.
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
        self.note('skeletons without labels, not read', skeletons.keys() - labels.keys())
        self.note('labels without skeletons, not read', labels.keys() - skeletons.keys())
        for protocol, videos in self.lists.items():
            if videos:
                self.note(f'listed for {protocol}, but without skeleton or labels', videos.keys() - set(both))
                self.note(f'not listed for {protocol}, in none of its splits', set(both) - videos.keys())
        if not both:
            raise RawDataError(
                f'no video has both skeleton and labels in {", ".join(self.files.paths)}: '
                f'found {len(skeletons)} skeletons and {len(labels)} labels'
            )
        return [(video, skeletons[video][1], labels[video][1]) for video in both]

    def _sort_files(self) -> Tuple[Dict[str, Found], Dict[str, Found]]:
        """Return skeletons and labels by video: their names are the same, only labels contain commas."""
        skeletons, labels = [], []
        for found in self.files.matching(rf'({_VIDEO})\.txt'):
            (labels if b',' in self.files.head(found[1], 100) else skeletons).append(found)
        return unique(skeletons), unique(labels)

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
            label, start, end = (parse_number(value, where) for value in values[:3])
            if any(value != int(value) for value in (label, start, end)) or not 0 <= start < end:
                raise RawDataError(
                    f'{where}: expected integers class,start,end with 0 <= start < end, found {label},{start},{end}'
                )
            converted.check_label(int(label) - 1, where)
            rows.append((label - 1, start, end))
        return np.array(rows, np.int64).reshape(-1, 3)

    def _add(self, video: str, keypoint: np.ndarray, segments: np.ndarray, where: str, converted: Converted) -> None:
        for index, (label, start, end) in enumerate(segments):
            name = f'{video}_{index:03}'
            if start >= keypoint.shape[1]:
                converted.leave_out(name, 'starts after the last frame of the video')
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
    """PKU-MMD I, whole videos; ``segments`` has a row (label, start, end) per action, end excluded."""

    name = 'pku1_untrimmed'
    title = 'PKU-MMD I, whole videos'
    out = 'data/skeleton/pku1_untrimmed.pkl'

    def _add(self, video: str, keypoint: np.ndarray, segments: np.ndarray, where: str, converted: Converted) -> None:
        num_frames = keypoint.shape[1]
        for _ in range((segments[:, 1] >= num_frames).sum()):
            converted.remark(video, 'an action starts after the last frame, left out')
        segments = segments[segments[:, 1] < num_frames]
        for _ in range((segments[:, 2] > num_frames).sum()):
            converted.remark(video, 'an action ends after the last frame, cut there')
        converted.add(video, keypoint, where, segments=np.minimum(segments, [self.num_classes, num_frames, num_frames]))


class Pku2(Pku1):
    """PKU-MMD II cut into actions."""

    name = 'pku2'
    title = 'PKU-MMD II, cut into actions'
    out = 'data/skeleton/pku2_3d.pkl'


class Pku2Untrimmed(Pku1Untrimmed):
    """PKU-MMD II, whole videos."""

    name = 'pku2_untrimmed'
    title = 'PKU-MMD II, whole videos'
    out = 'data/skeleton/pku2_untrimmed.pkl'


def _read_list(text: bytes, where: str) -> Dict[str, bool]:
    """Return True for videos after a line "Training videos:", False for those after "Validation videos:"."""
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
