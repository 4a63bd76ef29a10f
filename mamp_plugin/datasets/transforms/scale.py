"""Normalization of size."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons import Axis, LayoutLike, SkeletonLayout
from mamp_plugin.skeletons.presence import present_frames

from .center import axis_vector
from .sample import explicit_layout, get_keypoint, layout_of


@TRANSFORMS.register_module()
class ScaleSkeleton(BaseTransform):
    """Scaling of a sequence to a body of one size, so that data sets in different units can be mixed.

    All coordinates are multiplied by one factor, which gives the torso a fixed length: from the middle of the hips to
    the middle of the shoulders, or the spine of a layout without these joints. Its length in the data is the median
    over all frames of all present persons. A sequence without persons, or with a torso of length 0, stays as it is.

    Example:
        >>> sample = dict(keypoint=np.random.rand(2, 40, 15, 3), layout='sbu')
        >>> ScaleSkeleton(torso=0.5)(sample)['keypoint'].shape
        (2, 40, 15, 3)

    Required Keys:

        - keypoint
        - layout (unless given as an argument)

    Modified Keys:

        - keypoint

    Args:
        layout (str or dict, optional): Skeleton layout: name, dict or JSON file. Defaults to None, the sample's.
        torso (float): Length of the torso in the result. Defaults to 0.5, so that coordinates are roughly meters.
    """

    def __init__(self, layout: Optional[LayoutLike] = None, torso: float = 0.5) -> None:
        if not torso > 0:
            raise ValueError(f'torso must be a length above 0, got {torso}')
        self.layout = explicit_layout(layout)
        self.torso = torso

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        layout = layout_of(results, self.layout)
        lengths = np.linalg.norm(axis_vector(keypoint[present_frames(keypoint)], torso_of(layout)), axis=-1)
        length = np.median(lengths) if lengths.size else 0
        if length > 0:
            results['keypoint'] = keypoint * np.float32(self.torso / length)
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(layout={self.layout and self.layout.name!r}, torso={self.torso})'


def torso_of(layout: SkeletonLayout) -> Axis:
    """Return the axis from the middle of the hips to the middle of the shoulders, or the spine without these joints."""
    ends = [(f'left_{joint}', f'right_{joint}') for joint in ('hip', 'shoulder')]
    if not all(joint in layout.joints for end in ends for joint in end):
        return layout.spine
    hips, shoulders = (tuple(map(layout.joints.index, end)) for end in ends)
    return hips, shoulders
