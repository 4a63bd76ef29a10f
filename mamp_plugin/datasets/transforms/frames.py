"""Removal and padding of frames without a person."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons.presence import present_frames

from .sample import get_keypoint, get_score


@TRANSFORMS.register_module()
class DropEmptyFrames(BaseTransform):
    """Removal of the frames without the main person, who becomes the first person.

    The main person is the one with the most frames, the earlier one in a tie. A sequence without persons is left
    unchanged. Frames are selected as in mmaction2's ``PreNormalize3D``.

    Required Keys:

        - keypoint
        - keypoint_score (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)
        - total_frames
    """

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        score = get_score(results, keypoint)
        present = present_frames(keypoint)
        results['total_frames'] = keypoint.shape[1]
        if not present.any():
            return results
        main = int(present.sum(axis=1).argmax())
        if main == 0 and present[0].all():
            return results
        others = np.delete(np.arange(len(present)), main)
        chosen = np.ix_(np.append(main, others), np.flatnonzero(present[main]))
        results['keypoint'] = keypoint[chosen]
        if score is not None:
            results['keypoint_score'] = score[chosen]
        results['total_frames'] = results['keypoint'].shape[1]
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}()'


@TRANSFORMS.register_module()
class PadEmptyFrames(BaseTransform):
    """Per-person shift to the first frame and loop padding up to the last one, as in the preprocessing of PCM3.

    A person's empty frames at the beginning are cut, and those at the end are filled by looping the frames in between.
    Gaps in the middle stay, and so do persons without any frame.

    Required Keys:

        - keypoint
        - keypoint_score (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)
    """

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        score = get_score(results, keypoint)
        num_persons, num_frames = keypoint.shape[:2]
        present = present_frames(keypoint)
        if present.all() or not present.any():
            return results
        first = present.argmax(axis=1)[:, None]
        length = num_frames - present[:, ::-1].argmax(axis=1)[:, None] - first
        chosen = np.arange(num_persons)[:, None], first + np.arange(num_frames) % length
        results['keypoint'] = keypoint[chosen]
        if score is not None:
            results['keypoint_score'] = score[chosen]
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}()'
