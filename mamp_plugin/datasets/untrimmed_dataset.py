"""Long sequences in which actions have to be found, window by window."""

from typing import Callable, Dict, List, Union

import numpy as np
from mmaction.registry import DATASETS

from mamp_plugin.evaluation import label_frames

from .annotations.content import name_of
from .skeleton_dataset import SkeletonDataset

#: Frame labels that no loss and no accuracy looks at, as in PyTorch.
IGNORED = -100


def window_starts(num_frames: int, window: int, stride: int) -> List[int]:
    """First frames of the windows that cover a sequence; the last window ends with it.

    Args:
        num_frames (int): Frames of the sequence; one shorter than a window makes one window.
        window (int): Frames of a window.
        stride (int): Frames from one window to the next.
    """
    last = max(num_frames - window, 0)
    return [*range(0, last, stride), last]


@DATASETS.register_module()
class UntrimmedSkeletonDataset(SkeletonDataset):
    """Sliding windows over untrimmed skeleton sequences with a label for every frame.

    The pickle is that of :class:`SkeletonDataset`, except that an annotation has, instead of ``label``, ``segments``:
    rows of ``label, start, end``, an array or a list of shape ``(n, 3)``. Frames count from 0, the start is the first
    frame of the action, the end the frame after its last. Where segments overlap, the later one in the list labels the
    frame.

    A sample is a window: ``keypoint`` ``(M, window, V, C)``, a read-only view of the sequence; ``frame_labels``
    ``(window, )``, actions or ``num_classes`` for background; ``frame_dir``, ``video_frames`` and ``segments`` of the
    whole sequence; ``window_start``, the frame at which the window begins. The last window of a sequence is moved back
    to end with it. A sequence shorter than the window is filled up with zeros, whose labels are :data:`IGNORED`.

    Args:
        ann_file (str): The pickle file.
        pipeline (list[dict | callable]): Transforms. They must leave the number and order of frames alone, or the
            labels no longer fit.
        num_classes (int): Number of actions, without background.
        window (int): Frames of a window.
        stride (int): Frames from one window to the next, at most ``window``.
        **kwargs: As for :class:`SkeletonDataset`; ``indices`` are those of windows.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: List[Union[Dict, Callable]],
        num_classes: int,
        window: int,
        stride: int,
        **kwargs,
    ) -> None:
        if not 1 <= stride <= window:
            raise ValueError(f'stride must lie between 1 and window={window}, or frames are left out; got {stride}')
        self.window = window
        self.stride = stride
        super().__init__(ann_file, pipeline=pipeline, num_classes=num_classes, **kwargs)
        self._metainfo['num_classes'] = num_classes

    def load_data_list(self) -> List[Dict]:
        """The annotations of whole sequences, checked."""
        videos = super().load_data_list()
        names = {name_of(video) for video in videos}
        if len(names) < len(videos):
            raise ValueError(f'{self.ann_file} has {len(videos)} sequences, but only {len(names)} different names')
        for video in videos:
            video['segments'] = self._read_segments(video)
        return videos

    def filter_data(self) -> List[Dict]:
        """Keeps the sequences in one place, where all their windows find them, and lists the windows."""
        self.videos = super().filter_data()
        for video in self.videos:
            video['frame_labels'] = label_frames(video['segments'], video['keypoint'].shape[1], self.num_classes)
        return [
            dict(video=index, window_start=start)
            for index, video in enumerate(self.videos)
            for start in window_starts(video['keypoint'].shape[1], self.window, self.stride)
        ]

    def get_data_info(self, idx: int) -> Dict:
        """The window at ``idx`` as a sample for the pipeline."""
        info = super().get_data_info(idx)
        video, start = self.videos[info.pop('video')], info['window_start']
        sample = {**video, **info, 'frame_dir': name_of(video), 'total_frames': self.window}
        sample['video_frames'] = video['keypoint'].shape[1]
        sample['frame_labels'] = self._cut(video['frame_labels'], start, axis=0, filling=IGNORED)
        for key in ('keypoint', 'keypoint_score'):
            if key in video:
                sample[key] = self._cut(video[key], start, axis=1, filling=0)
        return sample

    def _cut(self, values: np.ndarray, start: int, axis: int, filling: int) -> np.ndarray:
        """The window of an array over frames: a view, if the sequence is long enough."""
        cut = values[(slice(None),) * axis + (slice(start, start + self.window),)]
        missing = self.window - cut.shape[axis]
        if missing:
            widths = [(0, missing if number == axis else 0) for number in range(cut.ndim)]
            return np.pad(cut, widths, constant_values=filling)
        cut.flags.writeable = False
        return cut

    def _read_segments(self, video: Dict) -> np.ndarray:
        """The segments of a sequence, int64 ``(n, 3)``."""
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
                'sequences of one action are read by SkeletonDataset'
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
