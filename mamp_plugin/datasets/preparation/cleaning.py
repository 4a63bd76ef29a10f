"""Missing joints, confidences and further persons of a recording."""

import argparse
from dataclasses import dataclass
from typing import Optional

import numpy as np

from mamp_plugin.datasets.transforms.repair import interpolate_missing
from mamp_plugin.skeletons import get_layout
from mamp_plugin.skeletons.presence import present_frames

from .raw_files import RawDataError
from .recording import Recording


@dataclass(frozen=True)
class Cleaning:
    """Treatment of missing joints, confidences and persons.

    Args:
        min_confidence (float): Joints with a lower confidence count as missing. Defaults to 0.
        missing (str): ``'leave'`` missing joints zero, or ``'interpolate'`` them over time. Defaults to ``'leave'``.
        scores (str, optional): ``'keep'`` the confidences as ``keypoint_score``, which pipelines append to the
            coordinates, or ``'drop'`` them. Defaults to None: keep those of layouts with two coordinates.
        persons (int, optional): Persons to keep, those seen in most frames. Defaults to None, all.
    """

    min_confidence: float = 0.0
    missing: str = 'leave'
    scores: Optional[str] = None
    persons: Optional[int] = None

    def __post_init__(self) -> None:
        if self.missing not in ('leave', 'interpolate') or self.scores not in (None, 'keep', 'drop'):
            raise RawDataError(
                f"expected missing 'leave' or 'interpolate' and scores 'keep' or 'drop', found {self.missing!r} and "
                f'{self.scores!r}'
            )
        if self.persons is not None and self.persons < 1:
            raise RawDataError(f'expected at least 1 person to keep, found {self.persons}')

    def clean(self, recording: Recording, where: str) -> Recording:
        """Return a recording with this treatment.

        Args:
            recording (Recording): The recording.
            where (str): File name for error messages.
        """
        keypoint, score = recording.keypoint, recording.score
        if self.min_confidence and score is None:
            raise RawDataError(f'{where} has no confidences; leave out the minimum, {self.min_confidence}')
        if score is not None:
            low = score < self.min_confidence
            keypoint, score = np.where(low[..., None], 0, keypoint), np.where(low, 0, score)
        if self.missing == 'interpolate':
            keypoint = _interpolate(keypoint)
        if self.persons is not None and len(keypoint) > self.persons:
            seen = present_frames(keypoint).sum(axis=1)
            kept = np.sort(np.argsort(-seen, kind='stable')[: self.persons])
            keypoint, score = keypoint[kept], None if score is None else score[kept]
        scores = self.scores or ('keep' if get_layout(recording.layout).dims == 2 else 'drop')
        return recording._replace(keypoint=keypoint, score=score if scores == 'keep' else None)


def _interpolate(keypoint: np.ndarray) -> np.ndarray:
    """Interpolate joints that are NaN or zero, in frames in which the person is present."""
    keypoint = np.where(np.isfinite(keypoint).all(axis=-1, keepdims=True), keypoint, 0).astype(np.float32)
    present = present_frames(keypoint)
    return interpolate_missing(keypoint, ~keypoint.any(axis=-1) & present[..., None])


def cleaning_of(args: argparse.Namespace) -> Cleaning:
    """Return the treatment that the arguments of :func:`add_cleaning_arguments` ask for."""
    return Cleaning(args.min_confidence, args.missing, persons=args.persons)


def add_cleaning_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of :class:`Cleaning` but ``scores`` to the command line."""
    parser.add_argument(
        '--min-confidence', type=float, default=0.0, help='joints of a lower confidence count as missing; default: 0'
    )
    parser.add_argument(
        '--missing',
        choices=['leave', 'interpolate'],
        default='leave',
        help='leave missing joints (zero) as they are, or interpolate them (zero, NaN) over time; default: leave',
    )
    parser.add_argument(
        '--persons', type=int, metavar='N', help='persons to keep, those seen in most frames; default: all'
    )
