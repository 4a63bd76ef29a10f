"""Normalization of size."""

from typing import Dict, Optional, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons import LayoutLike, SkeletonLayout
from mamp_plugin.skeletons.presence import present_frames

from .alignment import axis_vector, torso_of
from .sample import explicit_layout, get_keypoint, layout_of, sample_name, unknown_joints

#: Distance of the shoulder joints, as a share of the torso's length.
SHOULDERS = 0.7


@TRANSFORMS.register_module()
class ScaleSkeleton(BaseTransform):
    """Scaling of a sequence to a body of one size, so that data sets in different units can be mixed.

    All coordinates are multiplied by one factor, which gives the torso a fixed length: from the middle of the hips to
    the middle of the shoulders, or the spine of a layout without these joints. Its length in the data is the median
    over all frames of all present persons. A sequence without persons, or with a torso of length 0, stays as it is.

    In 2D, where estimators lose single joints, frames with a missing hip or shoulder (all zero, or score 0) do not
    count. Where the hips are never seen, the width of the shoulders is scaled to 0.7 of the torso.

    Example:
        >>> sample = dict(keypoint=np.random.rand(2, 40, 15, 3), layout='sbu')
        >>> ScaleSkeleton(torso=0.5)(sample)['keypoint'].shape
        (2, 40, 15, 3)

    Required Keys:

        - keypoint
        - keypoint_score (optional, in 2D)
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
        length = self._torso_length(results, keypoint, layout)
        if length > 0:
            results['keypoint'] = keypoint * np.float32(self.torso / length)
        return results

    @staticmethod
    def _torso_length(results: Dict, keypoint: np.ndarray, layout: SkeletonLayout) -> float:
        """Return the median length of the torso, 0 if it is not known."""
        frames = present_frames(keypoint)
        axes = {torso_of(layout): 1.0}
        if layout.dims == 2:
            axes.setdefault(layout.shoulders, SHOULDERS)
        known = ~unknown_joints(results, keypoint, frames)
        for axis, size in axes.items():
            joints = [joint for end in axis for joint in end]
            complete = frames & known[:, :, joints].all(axis=-1) if layout.dims == 2 else frames
            if complete.any():
                return float(np.median(np.linalg.norm(axis_vector(keypoint[complete], axis), axis=-1))) / size
        return 0

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(layout={self.layout and self.layout.name!r}, torso={self.torso})'


@TRANSFORMS.register_module()
class NormalizeImage2D(BaseTransform):
    """Scaling of pixels by the image, to ``[-1, 1]`` on both axes.

    Known joints become what mmaction2's ``PreNormalize2D`` makes of them. Missing ones (all zero, or score 0), and with
    them absent persons, are zero, which is the middle of the image.

    Example:
        >>> sample = dict(keypoint=np.array([[[[960.0, 540.0], [1920.0, 0.0]]]]), img_shape=(1080, 1920))
        >>> NormalizeImage2D()(sample)['keypoint'].tolist()
        [[[[0.0, 0.0], [1.0, -1.0]]]]

    Required Keys:

        - keypoint
        - keypoint_score (optional)
        - img_shape (unless given as an argument)

    Modified Keys:

        - keypoint

    Args:
        img_shape (tuple[int], optional): Height and width of the images of samples without ``img_shape``. Defaults to
            None: every sample must have it.
    """

    def __init__(self, img_shape: Optional[Tuple[int, int]] = None) -> None:
        self.img_shape = img_shape

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        if keypoint.shape[-1] != 2:
            raise ValueError(
                f'NormalizeImage2D takes 2 coordinates, but {sample_name(results)} has {keypoint.shape[-1]}'
            )
        shape = results.get('img_shape', self.img_shape)
        if shape is None:
            raise KeyError(
                f"{sample_name(results)} has no 'img_shape'; set img_shape=(height, width) of NormalizeImage2D"
            )
        half = np.array([shape[1], shape[0]], dtype=np.float32) / 2
        present = present_frames(keypoint)
        normalized = keypoint / half - 1
        normalized[~present[..., None] | unknown_joints(results, keypoint, present)] = 0
        results['keypoint'] = normalized
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(img_shape={self.img_shape})'
