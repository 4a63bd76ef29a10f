"""Parameter groups of LayerDecayOptimWrapperConstructor."""

import pytest
from mmaction.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.optim import build_optim_wrapper
from torch import nn


def classifier():
    backbone = dict(
        type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=8, depth=2, num_heads=2, temporal_patch=4
    )
    cls_head = dict(type='JointMLPHead', num_classes=6, in_channels=8, layout='sbu', hidden_dims=16)
    return MODELS.build(dict(type='RecognizerGCN', backbone=backbone, cls_head=cls_head))


def wrapper(model, layer_decay, **optimizer):
    cfg = dict(
        type='OptimWrapper',
        constructor='LayerDecayOptimWrapperConstructor',
        optimizer=dict(dict(type='AdamW', lr=3e-4, weight_decay=0.05), **optimizer),
        paramwise_cfg=dict(layer_decay=layer_decay),
    )
    return build_optim_wrapper(model, cfg)


def test_two_groups_without_layer_decay():
    model = classifier()
    groups = wrapper(model, 1.0, betas=(0.9, 0.95)).optimizer.param_groups
    assert [group['weight_decay'] for group in groups] == [0.05, 0.0]
    assert all(parameter.ndim > 1 for parameter in groups[0]['params'])
    assert any(parameter is model.backbone.time_table for parameter in groups[0]['params'])
    assert groups[0]['betas'] == (0.9, 0.95)


def test_layer_decay_scales_the_learning_rate_of_each_layer():
    """Layers: embedding and tables, two blocks, final norm and head."""
    model = classifier()
    groups = wrapper(model, 0.5).optimizer.param_groups
    rates = {id(parameter): group['lr'] / 3e-4 for group in groups for parameter in group['params']}
    backbone = model.backbone
    parts = backbone.patch_embed, backbone.blocks[0], backbone.blocks[1], backbone.norm, model.cls_head
    found = [{rates[id(parameter)] for parameter in part.parameters()} for part in parts]
    assert found == [{0.125}, {0.25}, {0.5}, {1.0}, {1.0}] and rates[id(backbone.joint_table)] == 0.125


def test_frozen_parameters_have_no_group():
    model = classifier()
    model.backbone.requires_grad_(False)
    groups = wrapper(model, 0.8).optimizer.param_groups
    assert sum(len(group['params']) for group in groups) == 6


def test_errors():
    with pytest.raises(ValueError, match='supports layer_decay only, got norm_decay_mult'):
        OPTIM_WRAPPER_CONSTRUCTORS.build(
            dict(
                type='LayerDecayOptimWrapperConstructor',
                optim_wrapper_cfg=dict(optimizer=dict(type='SGD', lr=1)),
                paramwise_cfg=dict(norm_decay_mult=0),
            )
        )
    model = nn.Module()
    model.backbone = nn.Linear(1, 1)
    with pytest.raises(TypeError, match='needs a backbone with get_layer_depth, got Linear; set layer_decay=1'):
        wrapper(model, 0.8)
