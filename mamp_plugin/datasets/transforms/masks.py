"""Drawing the mask of masked pretraining in the data loader instead of the model."""

from typing import Dict, Optional, Sequence

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.masking import MotionAwareMasking, RandomMasking, cut_patches
from mamp_plugin.skeletons import SkeletonLayout, get_layout

from .sample import get_keypoint, layout_of, sample_name


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


@TRANSFORMS.register_module()
class MaskBodyParts(BaseTransform):
    """Hides whole body parts for a few frames at a time, as in PCM3: what is hidden becomes zero.

    Belongs between ``FormatGCNInput`` and ``PackActionInputs``; with ``algorithm_keys=('hidden_joints', )`` of the
    latter the mask travels with the sample. ``PCM3`` itself masks a whole batch alike and does not need this transform.

    Required Keys:

        - keypoint

    Modified Keys:

        - keypoint

    Added Keys:

        - hidden_joints: boolean, True where a joint is hidden, ``(views, M, T, V)``

    Args:
        layout (str): Name of the skeleton layout; says which joints make a body part. Defaults to ``'nturgb+d'``.
        num_clips (int): Pieces of equal length that a sequence is cut into; each hides other parts. Defaults to 8.
        num_parts (int): Body parts to hide in each of them. Defaults to 3.
        persons (Sequence[int]): Whose parts are hidden; all of them hide the same. Defaults to ``(0, )``.
        views (Sequence[int], optional): Which views are masked, by their place on the clip axis; each draws for
            itself. Defaults to None, which means all.
    """

    def __init__(
        self,
        layout: str = 'nturgb+d',
        num_clips: int = 8,
        num_parts: int = 3,
        persons: Sequence[int] = (0,),
        views: Optional[Sequence[int]] = None,
    ) -> None:
        self.layout = get_layout(layout)
        if num_clips < 1:
            raise ValueError(f'num_clips must be at least 1, got {num_clips}')
        if not 1 <= num_parts <= len(self.layout.parts):
            raise ValueError(f'num_parts must lie between 1 and {len(self.layout.parts)}, got {num_parts}')
        self.num_clips = num_clips
        self.num_parts = num_parts
        self.persons = tuple(persons)
        self.views = None if views is None else tuple(views)

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self, ndim=5)
        views = range(len(keypoint)) if self.views is None else self.views
        self._check(results, keypoint, views)
        hidden = np.zeros(keypoint.shape[:4], dtype=bool)
        joints = hidden_joints(self.layout, self.draw(len(views)))
        joints = joints.repeat(keypoint.shape[2] // self.num_clips, axis=1)
        hidden[np.ix_(views, self.persons)] = joints[:, None]
        results['keypoint'] = np.where(hidden[..., None], np.float32(0), keypoint)
        results['hidden_joints'] = torch.from_numpy(hidden)
        return results

    def draw(self, num_views: int) -> np.ndarray:
        """Draws which parts, by their place in the layout's table, each clip hides, ``(views, clips, parts)``."""
        chances = np.random.random_sample((num_views, self.num_clips, len(self.layout.parts)))
        return chances.argsort(axis=-1)[..., : self.num_parts]

    def _check(self, results: Dict, keypoint: np.ndarray, views: Sequence[int]) -> None:
        num_views, num_persons, num_frames = keypoint.shape[:3]
        name = sample_name(results)
        layout_of(results, self.layout)
        if num_frames % self.num_clips:
            raise ValueError(
                f'{name} has {num_frames} frames, which cannot be cut into {self.num_clips} clips; '
                'change num_clips or the window of CropResizeFrames'
            )
        for key, chosen, count in (('views', views, num_views), ('persons', self.persons, num_persons)):
            if any(not -count <= index < count for index in chosen):
                raise ValueError(f'{name} has {count} {key}, but {key}={tuple(chosen)} of MaskBodyParts names others')

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(layout={self.layout.name!r}, num_clips={self.num_clips}, '
            f'num_parts={self.num_parts}, persons={self.persons}, views={self.views})'
        )


def hidden_joints(layout: SkeletonLayout, parts: np.ndarray) -> np.ndarray:
    """Which joints belong to body parts: the places of parts ``(..., P)`` to booleans ``(..., V)``."""
    members = np.zeros((len(layout.parts), layout.num_joints), dtype=bool)
    for place, part in enumerate(layout.parts):
        members[place, layout.joints_of([part])] = True
    return members[parts].any(axis=-2)
