"""Mask and prediction of a masked pretrainer for one sample, in the units of its coordinates."""

from typing import Any, Dict, NamedTuple, Optional, Tuple, Union

import numpy as np
import torch
from torch import Tensor

from mamp_plugin.engine.hooks.neighbor_hook import preserved_rng_state
from mamp_plugin.masking.tokens import motion_intensity
from mamp_plugin.models import MaskedPretrainer, MotionPredictionHead
from mamp_plugin.skeletons import SkeletonLayout, get_layout


class HiddenMotion(NamedTuple):
    """Sample with its mask and what a model predicts; persons are those who are present, the most moving one first.

    Args:
        layout (SkeletonLayout): Layout.
        keypoint (np.ndarray): Coordinates that the encoder reads, ``(M, T, V, C)``.
        intensity (np.ndarray): Motion intensity of the tokens, ``(M, T', V')``.
        hidden (np.ndarray): Hidden tokens, boolean, ``(M, T', V')``.
        patch_size (tuple[int]): Frames and joints of a token.
        target (str): 'motion', 'joint' or, for predictions that are no coordinates, 'features'.
        stride (int): Frames over which motion is measured.
        normalize (str or bool): Normalization of the targets.
        true (np.ndarray, optional): Motion or coordinates to predict, ``(M, T, V, C)``; None for features.
        predicted (np.ndarray, optional): Predicted ones, for all tokens.
    """

    layout: SkeletonLayout
    keypoint: np.ndarray
    intensity: np.ndarray
    hidden: np.ndarray
    patch_size: Tuple[int, int]
    target: str
    stride: int = 1
    normalize: Union[bool, str] = False
    true: Optional[np.ndarray] = None
    predicted: Optional[np.ndarray] = None

    @property
    def visible_joints(self) -> np.ndarray:
        """Joints that the encoder sees, boolean, ``(M, T, V)``."""
        return ~self.hidden.repeat(self.patch_size[0], axis=1).repeat(self.patch_size[1], axis=2)

    def mixed(self) -> np.ndarray:
        """Return true values of the visible tokens and predicted ones of the hidden tokens, ``(M, T, V, C)``."""
        return np.where(self.visible_joints[..., None], self.true, self.predicted)

    def predicted_poses(self) -> np.ndarray:
        """Return poses of the :meth:`mixed` values, ``(M, T, V, C)``: motion is added up from the true first pose."""
        if self.target == 'joint':
            return self.mixed()
        motion, poses = self.mixed(), self.keypoint[..., : self.true.shape[-1]].copy()
        for frame in range(self.stride, poses.shape[1]):
            poses[:, frame] = poses[:, frame - self.stride] + motion[:, frame - self.stride]
        return poses


def check_maskable(model: torch.nn.Module, name: str) -> MaskedPretrainer:
    """Return a model that masks tokens, or raise a TypeError.

    Args:
        model (nn.Module): The model.
        name (str): Its source, for the error.
    """
    if not isinstance(model, MaskedPretrainer):
        raise TypeError(
            f'{name} has a {type(model).__name__}, which masks no tokens; masks and predictions are drawn of a masked '
            'pretrainer such as MAMP'
        )
    return model


def present_persons(clip: Tensor) -> Tensor:
    """Return the persons of a clip ``(M, T, V, C)`` who are present; raise a ValueError if there is none."""
    present = clip[clip.flatten(1).any(dim=1)]
    if not len(present):
        raise ValueError('the sample is empty: no person is present in any frame; choose another')
    return present


@torch.no_grad()
def predict_hidden(model: MaskedPretrainer, clip: Tensor, seed: int = 0) -> HiddenMotion:
    """Mask a clip and predict its hidden tokens; the RNG state and the mode of the model stay as they are.

    Args:
        model (MaskedPretrainer): The model.
        clip (Tensor): Preprocessed coordinates, ``(M, T, V, C)``.
        seed (int): Seed of the mask. Defaults to 0.
    """
    present = present_persons(clip)
    coordinates = present[..., : model.coordinates]
    intensity = motion_intensity(
        model.backbone.cut(present).unflatten(-1, (-1, present.size(-1)))[..., : model.coordinates].flatten(3)
    )
    order = intensity.flatten(1).mean(dim=1).argsort(descending=True)
    present, coordinates, intensity = present[order], coordinates[order], intensity[order]
    training = model.training
    model.eval()
    try:
        with preserved_rng_state():
            torch.manual_seed(seed)
            values, _, hidden = model.reconstruct(present[None, None])
    finally:
        model.train(training)
    facts: Dict[str, Any] = dict(
        layout=layout_of_joints(model, present.size(2)),
        keypoint=_array(present),
        intensity=_array(intensity),
        hidden=_array(hidden.view(intensity.shape)).astype(bool),
        patch_size=model.backbone.patch_size,
    )
    head = model.head
    if not isinstance(head, MotionPredictionHead):
        return HiddenMotion(target='features', **facts)
    grid = intensity.size(1), intensity.size(2)
    frames = _to_frames(head.denormalize(values.float(), coordinates), grid, (head.patch_size[0], head.patch_size[1]))
    return HiddenMotion(
        target=head.target,
        stride=head.stride,
        normalize=head.normalize,
        true=_array(head.values_of(coordinates)),
        predicted=_array(frames),
        **facts,
    )


def layout_of_joints(model: MaskedPretrainer, num_joints: int) -> SkeletonLayout:
    """Return the layout of a model that has a number of joints."""
    layouts = [get_layout(name) for name in model.backbone.layouts or (model.backbone.layout,)]
    return next(layout for layout in layouts if layout.num_joints == num_joints)


def _to_frames(values: Tensor, grid: torch.Size, patch_size: Tuple[int, int]) -> Tensor:
    """Put tokens ``(B, L, values)`` together to ``(B, T, V, C)``."""
    frames, joints = patch_size
    cells = values.unflatten(1, tuple(grid)).unflatten(-1, (frames, joints, -1))  # B, T', V', u, p, C
    return cells.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def _array(values: Tensor) -> np.ndarray:
    return values.float().cpu().numpy()
