"""Masks drawn in the data loader instead of the model, with noise from NumPy's worker-seeded generator."""

from contextlib import contextmanager
from typing import Any, Dict, Iterator, Optional, Sequence

import numpy as np
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.masking import BodyPartMasking, RandomMasking, cut_patches
from mamp_plugin.skeletons import LAYOUTS, LayoutLike

from .sample import explicit_layout, get_keypoint, layout_of, sample_name


@TRANSFORMS.register_module()
class MaskTokens(BaseTransform):
    """Token masking in the pipeline, by any of the token maskings that models use.

    Belongs between ``FormatGCNInput`` and ``PackActionInputs``::

        dict(type='MaskTokens', masking=dict(type='TubeMasking', ratio=0.8)),
        dict(type='PackActionInputs', algorithm_keys=('mask_ids_keep', )),

    Required Keys:

        - keypoint

    Added Keys:

        - mask_ids_keep: indices of the visible tokens, ``(clips * M, K)``

    Args:
        masking (dict): Config of a :class:`mamp_plugin.masking.RandomMasking` or one of its subclasses.
        temporal_patch (int): Frames per token. Defaults to 4.
        joint_patch (int): Joints per token. Defaults to 1.
        coordinates (int, optional): Number of channels that decide the mask, see :class:`MaskedPretrainer`. Defaults
            to None: all.
    """

    def __init__(
        self, masking: dict, temporal_patch: int = 4, joint_patch: int = 1, coordinates: Optional[int] = None
    ) -> None:
        if temporal_patch < 1 or joint_patch < 1:
            raise ValueError(
                f'temporal_patch and joint_patch must be at least 1, got {temporal_patch} and {joint_patch}'
            )
        self.masking = MODELS.build(masking)
        if not isinstance(self.masking, RandomMasking):
            raise TypeError(
                f'MaskTokens needs a token masking, such as RandomMasking, got {type(self.masking).__name__}; '
                'body parts are masked by MaskBodyParts'
            )
        if isinstance(self.masking.ratio, tuple):
            raise ValueError(
                f'MaskTokens masks each sample alone, but a batch needs one mask ratio; give a number, not the range '
                f'{self.masking.ratio}, or let the model mask'
            )
        self.temporal_patch = temporal_patch
        self.joint_patch = joint_patch
        self.coordinates = coordinates

    def transform(self, results: Dict) -> Dict:
        keypoint = torch.from_numpy(get_keypoint(results, self, ndim=5))[..., : self.coordinates]
        with _sample_in_errors(results):
            patches = cut_patches(keypoint.flatten(0, 1), self.temporal_patch, self.joint_patch)
            noise = np.random.random_sample(self.masking.noise_shape(patches)).astype(np.float32)
            results['mask_ids_keep'] = self.masking(patches, torch.from_numpy(noise))
        return results

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(masking={self.masking}, '
            f'temporal_patch={self.temporal_patch}, joint_patch={self.joint_patch})'
        )


@TRANSFORMS.register_module()
class RandomMask(MaskTokens):
    """:class:`MaskTokens` with uniform random masking.

    Args:
        ratio (float): Mask ratio. Defaults to 0.9.
        temporal_patch (int): Frames per token. Defaults to 4.
        joint_patch (int): Joints per token. Defaults to 1.
    """

    def __init__(self, ratio: float = 0.9, temporal_patch: int = 4, joint_patch: int = 1) -> None:
        super().__init__(dict(type='RandomMasking', ratio=ratio), temporal_patch, joint_patch)


@TRANSFORMS.register_module()
class MotionAwareMask(MaskTokens):
    """:class:`MaskTokens` with the motion-aware masking of MAMP.

    Args:
        ratio (float): Mask ratio. Defaults to 0.9.
        tau (float): Temperature; the lower, the more motion decides. Defaults to 0.8.
        temporal_patch (int): Frames per token. Defaults to 4.
        joint_patch (int): Joints per token. Defaults to 1.
    """

    def __init__(self, ratio: float = 0.9, tau: float = 0.8, temporal_patch: int = 4, joint_patch: int = 1) -> None:
        super().__init__(dict(type='MotionAwareMasking', ratio=ratio, tau=tau), temporal_patch, joint_patch)


@TRANSFORMS.register_module()
class MaskBodyParts(BaseTransform):
    """Body-part masking in the pipeline, drawn per sample and view by :class:`mamp_plugin.masking.BodyPartMasking`.

    Belongs between ``FormatGCNInput`` and ``PackActionInputs``. For PCM3, which hides the joints itself because it
    needs their coordinates as the target::

        dict(type='MaskBodyParts', views=(2, ), hide=False),
        dict(type='PackActionInputs', algorithm_keys=('hidden_joints', )),

    Required Keys:

        - keypoint
        - layout (if not given as an argument)

    Modified Keys:

        - keypoint (if ``hide``)

    Added Keys:

        - hidden_joints: True where a joint is hidden, boolean, ``(views, M, T, V)``

    Args:
        layout (str or dict, optional): Skeleton layout: name, dict or JSON file. Defaults to None, the sample's.
        num_clips (int): Number of clips of a sequence, each of which hides other parts. Defaults to 8.
        num_parts (int): Number of hidden body parts per clip. Defaults to 3.
        persons (Sequence[int]): Indices of the persons to mask; all hide the same parts. Defaults to ``(0, )``.
        views (Sequence[int], optional): Indices of the views to mask, on the clip axis. Defaults to None: all.
        hide (bool): Set the coordinates of hidden joints to zero. Defaults to True.
    """

    def __init__(
        self,
        layout: Optional[LayoutLike] = None,
        num_clips: int = 8,
        num_parts: int = 3,
        persons: Sequence[int] = (0,),
        views: Optional[Sequence[int]] = None,
        hide: bool = True,
    ) -> None:
        self.layout = explicit_layout(layout)
        self.options: Dict[str, Any] = dict(num_clips=num_clips, num_parts=num_parts, persons=tuple(persons))
        self.views = None if views is None else tuple(views)
        self.hide = hide
        # All layouts have the same body parts, so any of them tells wrong arguments before the first sample.
        BodyPartMasking(self.layout or next(iter(LAYOUTS)), **self.options)

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self, ndim=5)
        masking = BodyPartMasking(layout_of(results, self.layout), **self.options)
        num_views, num_persons, num_frames = keypoint.shape[:3]
        views = range(num_views) if self.views is None else self.views
        if any(not -num_views <= view < num_views for view in views):
            raise ValueError(
                f'{sample_name(results)} has {num_views} views, but MaskBodyParts has views={views}; '
                'change views, or the number of views that MultiView makes'
            )
        hidden = torch.zeros(keypoint.shape[:4], dtype=torch.bool)
        noise = torch.from_numpy(np.random.random_sample((len(views), *masking.noise_shape())))
        with _sample_in_errors(results):
            for view, uniform in zip(views, noise):
                hidden[view] = masking(masking.draw(uniform), num_frames, num_persons)
        results['hidden_joints'] = hidden
        if self.hide:
            results['keypoint'] = np.where(hidden.unsqueeze(-1).numpy(), np.float32(0), keypoint)
        return results

    def __repr__(self) -> str:
        options = ', '.join(f'{name}={value!r}' for name, value in self.options.items())
        layout = self.layout and self.layout.name
        return f'{self.__class__.__name__}(layout={layout!r}, {options}, views={self.views}, hide={self.hide})'


@contextmanager
def _sample_in_errors(results: Dict) -> Iterator[None]:
    """Prefix errors of a masking with the name of the sample."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f'{sample_name(results)}: {error}') from error
