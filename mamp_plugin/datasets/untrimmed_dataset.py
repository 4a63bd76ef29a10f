"""Sliding windows over untrimmed skeleton sequences."""

from typing import Any, Callable, Dict, List, Union

import numpy as np
from mmaction.registry import DATASETS

from mamp_plugin.evaluation import label_frames

from .annotations.content import name_of
from .annotations.store import StoredAnnotations
from .skeleton_dataset import SkeletonDataset

#: Frame label that losses and metrics ignore, as in PyTorch.
IGNORED = -100


@DATASETS.register_module()
class UntrimmedSkeletonDataset(SkeletonDataset):
    """Sliding windows over untrimmed skeleton sequences, with a label for every frame.

    The annotation file or store is that of :class:`SkeletonDataset`, except that an annotation has ``segments`` instead
    of ``label``: rows of ``label, start, end``, an array or a list of shape ``(n, 3)``. Frames count from 0; the end is
    the frame after the last one of the action. Where segments overlap, the later one in the list labels the frame.

    A sample is a window: ``keypoint`` ``(M, window, V, C)``, a read-only view of the sequence; ``frame_labels``
    ``(window, )``, actions or ``num_classes`` for background; ``frame_dir``, ``video_frames`` and ``segments`` of the
    whole sequence; ``window_start``, the first frame of the window. The last window of a sequence ends with it. A
    sequence shorter than the window is padded with zeros, labeled :data:`IGNORED`.

    Args:
        ann_file (str): Pickle file, or folder of a store.
        pipeline (list[dict | callable]): Transforms. They must keep the number and the order of the frames, which the
            labels belong to.
        num_classes (int): Number of actions, without background.
        window (int): Frames of a window.
        stride (int): Frames from one window to the next, at most ``window``.
        **kwargs: Arguments of :class:`SkeletonDataset`; ``indices`` are those of windows.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: List[Union[Dict, Callable]],
        num_classes: int,
        window: int,
        stride: int,
        **kwargs: Any,
    ) -> None:
        if not 1 <= stride <= window:
            raise ValueError(f'stride must lie between 1 and window={window}, or frames are left out; got {stride}')
        self.window = window
        self.stride = stride
        super().__init__(ann_file, pipeline=pipeline, num_classes=num_classes, **kwargs)
        self._metainfo['num_classes'] = num_classes

    def filter_data(self) -> List[Dict]:
        """Keep the sequences, which their windows share, and return the list of windows."""
        videos = super().filter_data()
        self.videos = videos.with_views() if isinstance(videos, StoredAnnotations) else videos
        names = {name_of(video) for video in self.videos}
        if len(names) < len(self.videos):
            raise ValueError(f'{self.ann_file} has {len(self.videos)} sequences, but only {len(names)} different names')
        lengths = [video['keypoint'].shape[1] for video in self.videos]
        self.segments = [self._read_segments(video) for video in self.videos]
        self.frame_labels = [
            label_frames(segments, num_frames, self.num_classes) for segments, num_frames in zip(self.segments, lengths)
        ]
        return [
            dict(video=index, window_start=start)
            for index, num_frames in enumerate(lengths)
            for start in window_starts(num_frames, self.window, self.stride)
        ]

    def get_data_info(self, idx: int) -> Dict:
        """Return the window at ``idx`` as a sample for the pipeline."""
        info = super().get_data_info(idx)
        index, start = info.pop('video'), info['window_start']
        video = self.videos[index]
        sample = {**video, **info, 'frame_dir': name_of(video), 'total_frames': self.window}
        sample['video_frames'] = video['keypoint'].shape[1]
        sample['segments'] = self.segments[index]
        sample['frame_labels'] = self._cut(self.frame_labels[index], start, axis=0, padding=IGNORED)
        for key in ('keypoint', 'keypoint_score'):
            if key in video:
                sample[key] = self._cut(video[key], start, axis=1, padding=0)
        return sample

    def _cut(self, values: np.ndarray, start: int, axis: int, padding: int) -> np.ndarray:
        """Return the window of an array over frames: a read-only view, or a padded copy of a short sequence."""
        cut = values[(slice(None),) * axis + (slice(start, start + self.window),)]
        missing = self.window - cut.shape[axis]
        if missing:
            widths = [(0, missing if number == axis else 0) for number in range(cut.ndim)]
            return np.pad(cut, widths, constant_values=padding)
        cut.flags.writeable = False
        return cut

    def _read_segments(self, video: Dict) -> np.ndarray:
        """Return the segments of a sequence, checked, int64 ``(n, 3)``."""
        name, num_frames = f"sample '{name_of(video)}' of {self.ann_file}", video['keypoint'].shape[1]
        if num_frames == 0:
            raise ValueError(f'{name} has no frames; leave it out of the file')
        try:
            segments = np.asarray(video.get('segments'))
        except ValueError:  # rows of different lengths
            segments = np.empty(0, dtype=object)
        if segments.size == 0 and segments.dtype != object:
            return np.zeros((0, 3), dtype=np.int64)
        if segments.ndim != 2 or segments.shape[1] != 3 or segments.dtype.kind not in 'iu':
            raise ValueError(
                f'{name}: segments must be rows of whole numbers (label, start, end), found {video.get("segments")!r}; '
                'use SkeletonDataset for sequences of one action'
            )
        for label, start, end in segments:
            if not 0 <= start < end <= num_frames:
                raise ValueError(
                    f'{name}: segment ({label}, {start}, {end}) must begin before it ends and lie inside the '
                    f'{num_frames} frames of the sequence; the end is the frame after the last one'
                )
            if not 0 <= label < self.num_classes:
                raise ValueError(
                    f'{name}: segment ({label}, {start}, {end}) must have a label from 0 to {self.num_classes - 1}; '
                    f'set num_classes (now {self.num_classes}) or number the actions from 0'
                )
        return segments.astype(np.int64)


def window_starts(num_frames: int, window: int, stride: int) -> List[int]:
    """Return the first frames of the windows that cover a sequence; the last window ends with it.

    Args:
        num_frames (int): Frames of the sequence; one shorter than a window makes one window.
        window (int): Frames of a window.
        stride (int): Frames from one window to the next.
    """
    last = max(num_frames - window, 0)
    return [*range(0, last, stride), last]
