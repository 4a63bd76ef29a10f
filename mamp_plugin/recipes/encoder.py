"""Facts about the encoder of a pretraining config."""

from typing import Any, NamedTuple, Union

import torch
from mmengine.config import ConfigDict
from mmengine.registry import DefaultScope
from mmengine.utils import import_modules_from_strings

from mamp_plugin.models.backbones import SkeletonBackbone, build_backbone
from mamp_plugin.skeletons import portable_layout

from .changes import Changes


class Encoder(NamedTuple):
    """Encoder of a pretraining config, as its downstream runs need it.

    Args:
        cfg (dict): Config of the backbone.
        kind (str): 'transformer', 'recurrent' or 'graph': which published recipe applies.
        layout (str or dict): Skeleton layout: the name, or the dict of a layout of the user.
        out_channels (int): Channels of a feature.
        num_layers (int): Value of ``frozen_stages`` that freezes everything.
        temporal_patch (int): Frames per feature.
        joint_patch (int): Joints per feature.
    """

    cfg: Changes
    kind: str
    layout: Union[str, Changes]
    out_channels: int
    num_layers: int
    temporal_patch: int
    joint_patch: int

    def summary_backbone(self, **settings: Any) -> Changes:
        """Return the config of the backbone that gives what sums up a sequence."""
        last = dict(last_frame_only=True) if self.kind == 'recurrent' else {}
        return dict(self.cfg, **last, **settings)

    def sequence_backbone(self, **settings: Any) -> Changes:
        """Return the config of the backbone that gives features of all frames."""
        every = dict(last_frame_only=False) if self.kind == 'recurrent' else {}
        return dict(self.cfg, **every, **settings)


def describe_encoder(cfg: ConfigDict) -> Encoder:
    """Return the facts about the encoder of a pretraining config; its backbone is built without memory for it.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
    """
    import_modules_from_strings(**(cfg.get('custom_imports') or dict(imports=[])))
    with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmaction')), torch.device('meta'):
        backbone = build_backbone({key: value for key, value in cfg.model.backbone.items() if key != 'init_cfg'})
    return Encoder(
        cfg=_config(cfg.model.backbone, backbone),
        kind=backbone.kind,
        layout=portable_layout(backbone.layout),
        out_channels=backbone.out_channels,
        num_layers=backbone.num_layers,
        temporal_patch=backbone.patch_size[0],
        joint_patch=backbone.patch_size[1],
    )


def _config(cfg: Changes, backbone: SkeletonBackbone) -> Changes:
    """Return the config of a backbone; mmaction2's graph networks are named by the class that can be frozen."""
    return dict(cfg, type=type(backbone).__name__) if backbone.kind == 'graph' else dict(cfg)
