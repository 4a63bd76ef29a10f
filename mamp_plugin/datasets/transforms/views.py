"""Several views of one sequence."""

from typing import Dict, List, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose

from .sample import get_keypoint, get_score, sample_name


@TRANSFORMS.register_module()
class MultiView(BaseTransform):
    """Several views of a sequence, each made by a pipeline of its own.

    Every view starts from the original sample and has one clip. Views are concatenated over time, as clips are in
    mmaction2: common transforms such as ``SkeletonStream`` may follow, and ``FormatGCNInput`` moves the views to the
    clip axis. Only coordinates and scores of a view are kept.

    Required Keys:

        - keypoint
        - keypoint_score (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)
        - total_frames

    Added Keys:

        - num_clips

    Args:
        views (list[list[dict | callable]]): One pipeline per view. All must give the same number of frames.
    """

    def __init__(self, views: List[list]) -> None:
        if not views:
            raise ValueError('views must hold one pipeline per view, got none')
        self.views = [Compose(view) for view in views]

    def transform(self, results: Dict) -> Optional[Dict]:
        samples = [view(dict(results)) for view in self.views]
        if any(sample is None for sample in samples):
            return None
        keypoints = [get_keypoint(sample, self) for sample in samples]
        shapes = [keypoint.shape for keypoint in keypoints]
        if len(set(shapes)) > 1:
            raise ValueError(
                f'the views of {sample_name(results)} differ in shape: {", ".join(map(str, shapes))}; '
                'let each begin with CropResizeFrames of the same window'
            )
        scores = [get_score(sample, keypoint) for sample, keypoint in zip(samples, keypoints)]
        results['keypoint'] = np.concatenate(keypoints, axis=1)
        if scores[0] is not None:
            results['keypoint_score'] = np.concatenate([score for score in scores if score is not None], axis=1)
        results['total_frames'] = results['keypoint'].shape[1]
        results['num_clips'] = len(samples)
        return results

    def __repr__(self) -> str:
        views = ', '.join(f'[{", ".join(map(repr, view.transforms))}]' for view in self.views)
        return f'{self.__class__.__name__}(views=[{views}])'
