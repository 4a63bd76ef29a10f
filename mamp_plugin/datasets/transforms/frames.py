"""Getting rid of frames in which a person is not there."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons.presence import present_frames

from .sample import get_keypoint, get_score


@TRANSFORMS.register_module()
class DropEmptyFrames(BaseTransform):
    """Keeps the frames in which the main person is there, and puts that person first.

    The main person is the one with the most frames, the earlier one if two have as many. A sequence in which nobody
    ever is stays as it is. It is the choice of frames in mmaction2's ``PreNormalize3D``.

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
    """Lets every person start in the first frame and repeat until the last one, as in the preparation of PCM3.

    A person's empty frames at the beginning are cut, those at the end filled by looping the frames in between. Gaps in
    the middle stay, and so does a person who is never there.

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
