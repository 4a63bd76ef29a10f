"""Base class of the JSON formats of pose estimators."""

from abc import abstractmethod
from typing import Any, List, NamedTuple, Optional, Sequence

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout

from .json_values import parse_json
from .raw_files import RawDataError
from .recording import Content, Recording, RecordingFormat, layout_of_joints
from .tracking import Detection, Frame, track_persons

#: Coordinates up to this one are shares of the image or meters; in pixels, every person has larger ones.
_LARGEST_SHARE = 4.0


class JsonFormat(RecordingFormat):
    """JSON format of a pose estimator."""

    pattern = r'.+\.json'
    #: A file holds one frame, so that the numbered files of a folder are one recording.
    per_frame = False

    @abstractmethod
    def matches(self, document: Any) -> bool:
        """Return True if a document looks like this format; faults within are left to :meth:`frames`."""

    @abstractmethod
    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        """Return the persons in every frame of a document.

        Args:
            document: Content of a file.
            where (str): File name for error messages.
            layout (SkeletonLayout, optional): Layout that the user named, or the document.
        """

    def layout_in(self, document: Any, where: str) -> Optional[SkeletonLayout]:
        """Return the layout that a document names, or None; most formats name none."""
        return None

    def read(self, files: Sequence[Content], layout: Optional[SkeletonLayout]) -> List[Recording]:
        frames: List[Frame] = []
        persons: List[_Placed] = []
        for file in files:
            document = parse_json(file.data, file.where)
            if not self.matches(document):
                raise RawDataError(f'{file.where}: expected {self.title}')
            layout = layout or self.layout_in(document, file.where)
            found = self.frames(document, file.where, layout)
            for number, frame in enumerate(found):
                place = file.where if self.per_frame else f'{file.where}: frame {number}'
                persons += [_Placed(f'{place}: person {index}', person) for index, person in enumerate(frame)]
            frames += found
        if not persons:
            raise RawDataError(f'{files[0].where}: no person in any of {len(frames)} frames')
        skeleton = layout_of_joints(len(persons[0].detection.keypoint), self.layouts, layout, persons[0].where)
        for where, person in persons:
            check_person(person, skeleton, where)
        _check_units(persons)
        keypoint, score = track_persons(frames, files[0].where)
        return [Recording(keypoint, skeleton.name, score)]


class _Placed(NamedTuple):
    """Detection, and its place for error messages."""

    where: str
    detection: Detection


def check_person(person: Detection, layout: SkeletonLayout, where: str) -> None:
    """Raise RawDataError if a person has not the joints of a layout.

    Args:
        person (Detection): Person in a frame.
        layout (SkeletonLayout): Layout of the skeletons.
        where (str): File and place for the error.
    """
    (joints, dims), wanted = person.keypoint.shape, layout.num_joints
    if (joints, dims) != (wanted, layout.dims):
        raise RawDataError(
            f'{where}: found {joints} joints of {dims} coordinates, but layout {layout.name} has {wanted} of '
            f'{layout.dims}; --layout names another'
        )
    if person.score is not None and len(person.score) != wanted:
        raise RawDataError(f'{where}: found {len(person.score)} scores for {wanted} joints')


def _check_units(persons: Sequence[_Placed]) -> None:
    """Raise RawDataError if some persons are in pixels, or in millimeters, and others are not."""
    sizes = [float(np.abs(person.keypoint).max()) for _, person in persons]
    seen = [(size, where) for size, (where, _) in zip(sizes, persons) if size > 0]
    for size, where in seen:
        if (size > _LARGEST_SHARE) != (seen[0][0] > _LARGEST_SHARE) and max(size, seen[0][0]) > 10 * _LARGEST_SHARE:
            raise RawDataError(
                f'{where}: coordinates up to {size:.3g}, but those of {seen[0][1]} up to {seen[0][0]:.3g}; all '
                'need the same unit'
            )
