"""Attention of a transformer encoder, rolled out over joints and time."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, List

import numpy as np
import torch
from torch import Tensor

from mamp_plugin.dependencies import import_extra
from mamp_plugin.models.backbones import SkeletonTransformer
from mamp_plugin.models.layers.attention_block import SelfAttention
from mamp_plugin.skeletons import get_layout

from .hidden_motion import present_persons
from .looks import LIGHT, Look, drawing
from .strips import Strip, strips_figure
from .token_grids import CMAP, GRIDS, draw_token_grids

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@torch.no_grad()
def attention_rollout(backbone: SkeletonTransformer, persons: Tensor) -> Tensor:
    """Return the share that each token has in the mean feature of its person, by attention alone.

    The weights of a block are the mean over its heads, and half of the identity for the residual connection; those of
    all blocks are multiplied (attention rollout of Abnar and Zuidema).

    Args:
        backbone (SkeletonTransformer): The encoder, in evaluation mode.
        persons (Tensor): Coordinates, ``(M, T, V, C)``.

    Returns:
        Tensor: Shares in units of an equal share, ``(M, T', V')``; their mean is 1.
    """
    maps: List[Tensor] = []
    with ExitStack() as hooks:
        for block in backbone.blocks:
            handle = block.attn.register_forward_hook(lambda module, inputs, _: maps.append(_weights(module, *inputs)))
            hooks.callback(handle.remove)
        backbone(persons[:, None])
    shares = torch.ones_like(maps[0][:, :1])
    for weights in reversed(maps):
        shares = (shares @ weights + shares) / 2
    return shares.unflatten(2, backbone.grid_of(persons)).squeeze(1)


def _weights(attention: SelfAttention, tokens: Tensor) -> Tensor:
    """Return the attention weights ``(B, L, L)``, mean of the heads."""
    qkv = attention.qkv(tokens).unflatten(2, (3, attention.num_heads, -1))
    query, key, _ = qkv.permute(2, 0, 3, 1, 4).unbind(0)
    return (query @ key.transpose(2, 3) / query.size(-1) ** 0.5).softmax(dim=-1).mean(dim=1)


def attention_figure(backbone: Any, clip: Tensor, layout: Any, look: Look = LIGHT, num_frames: int = 8) -> 'Figure':
    """Draw a sequence with joints colored by their share of attention, and the shares of the first person's tokens.

    Args:
        backbone (SkeletonTransformer): The encoder, in evaluation mode.
        clip (Tensor): Coordinates that it reads, ``(M, T, V, C)``.
        layout (str or SkeletonLayout): Layout.
        look (Look): Colors. Defaults to :data:`LIGHT`.
        num_frames (int): Frames to draw. Defaults to 8.
    """
    if not isinstance(backbone, SkeletonTransformer):
        raise TypeError(
            f'attention is drawn of a SkeletonTransformer, got a {type(backbone).__name__}; give a checkpoint of MAMP, '
            'or of another method with that backbone'
        )
    present = present_persons(clip)
    shares, skeleton = attention_rollout(backbone, present).cpu().numpy(), get_layout(layout)
    strip = Strip.of(present.cpu().numpy(), skeleton, 'attention', centered=True)
    caption = 'attention rolled out to the mean feature: 1 is an equal share of all tokens'
    figure, (panels,) = strips_figure([strip], num_frames, look, caption, below=GRIDS)
    _color_joints(panels, strip, shares, backbone.patch_size, num_frames, look)
    titles = ('first person: share of attention by token',)
    draw_token_grids(figure, [shares[0]], titles, skeleton, backbone.patch_size, look)
    return figure


def _color_joints(panels: Any, strip: Strip, shares: np.ndarray, patch: Any, num_frames: int, look: Look) -> None:
    colormap = import_extra('matplotlib', 'optional').colormaps[CMAP]
    values = shares.repeat(patch[0], axis=1).repeat(patch[1], axis=2)
    with drawing(look):
        for panel, frame in zip(panels, strip.frames(num_frames)):
            x, y = strip.points[:, frame].reshape(-1, 2).T
            colors = values[:, frame].ravel()
            panel.scatter(x, y, c=colors, cmap=colormap, vmin=0, vmax=shares.max(), s=22, zorder=5, linewidths=0)
