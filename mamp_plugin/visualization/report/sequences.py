"""Sequences to play: what a pretraining sees of them and what it predicts."""

import base64
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np
import torch
from torch import Tensor

from mamp_plugin.engine.hooks.neighbor_hook import preserved_rng_state
from mamp_plugin.models import PCM3, MaskedPretrainer
from mamp_plugin.models.layers import pad_persons
from mamp_plugin.skeletons import SkeletonLayout

from ..hidden_motion import HiddenMotion, predict_hidden
from ..skeletons import sides_of, upright

#: Largest coordinate, and the mark of a missing one, in 16 bits.
_LARGEST, _MISSING = 32000, -32768


class Panel(NamedTuple):
    """Sequence of poses with a title.

    Args:
        title (str): Title.
        keypoint (np.ndarray): Coordinates, ``(M, T, V, C)``.
        visible (np.ndarray, optional): Joints that the encoder sees, boolean, ``(M, T, V)``. Defaults to None: all.
    """

    title: str
    keypoint: np.ndarray
    visible: Optional[np.ndarray] = None


def hidden_panels(model: MaskedPretrainer, clip: Tensor, seed: int = 0) -> List[Panel]:
    """Return the true sequence, what the encoder sees, and the prediction if it is one of coordinates.

    Args:
        model (MaskedPretrainer): The model.
        clip (Tensor): Preprocessed coordinates, ``(M, T, V, C)``.
        seed (int): Seed of the mask. Defaults to 0.
    """
    found: HiddenMotion = predict_hidden(model, clip, seed)
    panels = [Panel('true', found.keypoint), Panel('encoder sees', found.keypoint, found.visible_joints)]
    return (
        panels if found.true is None else [*panels, Panel('predicted', found.predicted_poses(), found.visible_joints)]
    )


@torch.no_grad()
def view_panels(model: torch.nn.Module, views: Tensor, seed: int = 0) -> List[Panel]:
    """Return the views of a sequence; of PCM3 also the masked one and its prediction.

    Args:
        model (nn.Module): The model, in eval mode.
        views (Tensor): Preprocessed coordinates, ``(views, M, T, V, C)``.
        seed (int): Seed of the mask. Defaults to 0.
    """
    panels = [Panel(f'view {number}', _array(view)) for number, view in enumerate(views, 1)]
    if not isinstance(model, PCM3) or len(views) != 3:
        return panels
    padded = pad_persons(views[None], model.num_persons)
    with preserved_rng_state():
        torch.manual_seed(seed)
        branches = model.encode(padded, model.draw(1, padded.size(3)))
    view, hidden = padded[0, 2], branches.hidden[0]
    predicted = torch.where(hidden[..., None], branches.reconstruction[0], view)
    # absent persons are zeros, which the decoder predicts as something
    present = view.flatten(1).any(dim=1)
    visible = _array(~hidden).astype(bool)[present.cpu().numpy()]
    names = ('view 1: query', 'view 2: key', 'view 3: encoder sees', 'view 3: predicted')
    shown = (padded[0, 0], padded[0, 1], view[present], predicted[present])
    seen = (None, None, visible, visible)
    return [Panel(name, _array(keypoint), mask) for name, keypoint, mask in zip(names, shown, seen)]


def pack(panels: List[Panel], layout: SkeletonLayout) -> List[Dict[str, Any]]:
    """Return panels as plain data: coordinates in 16 bits and masks in bits, both in base64.

    All are turned upright together, and share a scale.
    """
    persons = np.cumsum([len(panel.keypoint) for panel in panels])[:-1]
    frames = min(panel.keypoint.shape[1] for panel in panels)
    joined = np.concatenate([panel.keypoint[:, :frames, :, : layout.dims] for panel in panels])
    points = upright(joined, layout, centered=True)
    middle = np.nan_to_num(np.nanmean(points.reshape(-1, layout.dims), axis=0))
    points = points - middle
    scale = float(np.nanmax(np.abs(points))) or 1.0
    numbers = np.where(np.isfinite(points), np.nan_to_num(points) / scale * _LARGEST, _MISSING).astype('<i2')
    return [
        dict(
            title=panel.title,
            shape=list(part.shape),
            points=_text(part),
            visible=None if panel.visible is None else _text(np.packbits(panel.visible[:, :frames])),
        )
        for panel, part in zip(panels, np.split(numbers, persons))
    ]


def describe_layout(layout: SkeletonLayout) -> Dict[str, Any]:
    """Return bones and sides of a layout as plain data."""
    sides = sides_of(layout)
    return dict(name=layout.name, dims=layout.dims, bones=layout.bones, sides=[sides[j] for j in range(len(sides))])


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _array(values: Tensor) -> np.ndarray:
    return values.float().cpu().numpy()
