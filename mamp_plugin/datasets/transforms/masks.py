"""Drawing the mask of masked pretraining in the data loader instead of the model."""

from typing import Dict

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.masking import MotionAwareMasking, RandomMasking, cut_patches

from .sample import get_keypoint, sample_name


@TRANSFORMS.register_module()
class RandomMask(BaseTransform):
    """Draws which tokens stay visible, uniformly at random.

    Belongs between ``FormatGCNInput`` and ``PackActionInputs(algorithm_keys=('mask_ids_keep', ))``. The rules are those
    of :class:`mamp_plugin.masking.RandomMasking`, the noise comes from NumPy's generator, which is seeded per worker.

    Required Keys:

        - keypoint

    Added Keys:

        - mask_ids_keep

    Args:
        ratio (float): Share of the tokens to hide. Defaults to 0.9.
        temporal_patch (int): Frames per token. Defaults to 4.
        joint_patch (int): Joints per token. Defaults to 1.
    """

    def __init__(self, ratio: float = 0.9, temporal_patch: int = 4, joint_patch: int = 1) -> None:
        if temporal_patch < 1 or joint_patch < 1:
            raise ValueError(
                f'temporal_patch and joint_patch must be at least 1, got {temporal_patch} and {joint_patch}'
            )
        self.masking = RandomMasking(ratio)
        self.temporal_patch = temporal_patch
        self.joint_patch = joint_patch

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self, ndim=5)
        num_frames, num_joints = keypoint.shape[2:4]
        if num_frames % self.temporal_patch or num_joints % self.joint_patch:
            raise ValueError(
                f'{sample_name(results)} has {num_frames} frames and {num_joints} joints, which cannot be cut into '
                f'patches of {self.temporal_patch} frames and {self.joint_patch} joints; change the window of '
                'CropResizeFrames or the patch'
            )
        patches = cut_patches(torch.from_numpy(keypoint).flatten(0, 1), self.temporal_patch, self.joint_patch)
        uniform = np.random.random_sample((len(patches), patches[0, :, :, 0].numel())).astype(np.float32)
        results['mask_ids_keep'] = self.masking(patches, torch.from_numpy(uniform))
        return results

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(ratio={self.masking.ratio}, '
            f'temporal_patch={self.temporal_patch}, joint_patch={self.joint_patch})'
        )


@TRANSFORMS.register_module()
class MotionAwareMask(RandomMask):
    """Draws which tokens stay visible, hiding moving ones more often than still ones, as in MAMP.

    Belongs where :class:`RandomMask` does and adds the same key; the rules are those of
    :class:`mamp_plugin.masking.MotionAwareMasking`.

    Required Keys:

        - keypoint

    Added Keys:

        - mask_ids_keep

    Args:
        ratio (float): Share of the tokens to hide. Defaults to 0.9.
        tau (float): Temperature: the lower, the stricter motion decides. Defaults to 0.8.
        temporal_patch (int): Frames per token. Defaults to 4.
        joint_patch (int): Joints per token. Defaults to 1.
    """

    def __init__(self, ratio: float = 0.9, tau: float = 0.8, temporal_patch: int = 4, joint_patch: int = 1) -> None:
        super().__init__(ratio, temporal_patch, joint_patch)
        self.masking = MotionAwareMasking(ratio, tau)

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(ratio={self.masking.ratio}, tau={self.masking.tau}, '
            f'temporal_patch={self.temporal_patch}, joint_patch={self.joint_patch})'
        )
