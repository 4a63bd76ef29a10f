"""Contract that every backbone meets."""

from fnmatch import fnmatch

import pytest
import torch
from mmaction.models.backbones import STGCN
from mmaction.registry import MODELS
from torch import nn

from mamp_plugin.models.backbones import (
    GraphBackbone,
    SkeletonBackbone,
    SkeletonSTGCN,
    TokenBackbone,
    build_backbone,
)

GRAPH = dict(graph_cfg=dict(layout='sbu', mode='spatial'), base_channels=8, num_stages=3, inflate_stages=[3])
TRANSFORMER = dict(
    type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=2, num_heads=2, temporal_patch=2
)
BACKBONES = dict(
    transformer=TRANSFORMER,
    patches=dict(TRANSFORMER, joint_patch=5),
    gru=dict(type='SkeletonGRU', layout='sbu', hidden_dims=8, num_layers=2),
    stgcn=dict(type='SkeletonSTGCN', down_stages=[2], **GRAPH),
    aagcn=dict(type='SkeletonAAGCN', down_stages=[2, 3], **GRAPH),
)
KINDS = dict(transformer='transformer', patches='transformer', gru='recurrent', stgcn='graph', aagcn='graph')


def build(name, **kwargs):
    backbone = build_backbone(dict(BACKBONES[name], **kwargs))
    backbone.init_weights()
    return backbone


def draw(frames=8, joints=15, channels=3):
    return torch.randn(2, 2, frames, joints, channels)


@pytest.fixture(params=list(BACKBONES))
def name(request):
    return request.param


def test_attributes_describe_the_features(name):
    backbone, x = build(name), draw()
    persons = 1 if backbone.num_persons else 2
    steps, joints = 8 // backbone.patch_size[0], 15 // (backbone.patch_size[1] or 15)
    assert backbone(x).shape == (2, persons, backbone.out_channels, steps, joints)
    assert backbone.grid_size in (None, (steps, joints))
    assert (backbone.kind, backbone.layout, backbone.in_channels) == (KINDS[name], 'sbu', 3)
    if backbone.num_frames is None:
        assert backbone(draw(frames=16)).size(3) == 16 // backbone.patch_size[0]


def test_joint_parameters_are_those_that_differ_between_layouts(name):
    here = build(name).state_dict()
    graph = dict(graph_cfg=dict(layout='nturgb+d', mode='spatial')) if 'gcn' in name else dict(layout='nturgb+d')
    backbone = build(name, **graph)
    there = backbone.state_dict()
    differing = {key for key, value in here.items() if value.shape != there[key].shape}
    declared = {key for key in here if any(fnmatch(key, pattern) for pattern in backbone.joint_parameters)}
    assert differing <= declared
    assert {key for key in declared - differing if not key.endswith('num_batches_tracked')} == set()


def test_views_are_encoded_one_after_the_other(name):
    one_by_one, together = build(name), build(name)
    together.load_state_dict(one_by_one.state_dict())
    views = [draw(), 2 * draw(), 5 * draw()]
    expected = [one_by_one(view) for view in views]
    torch.testing.assert_close(together.encode_views(views, [None] * 3), expected)
    torch.testing.assert_close(together.state_dict(), one_by_one.state_dict())


def test_prompts_are_added_or_refused(name):
    backbone, x = build(name), draw()
    prompt = torch.randn(90)
    if backbone.accepts_prompts:
        plain, prompted = backbone.encode_views([x, x], [None, prompt])
        assert not torch.allclose(plain, prompted)
        return
    with pytest.raises(ValueError, match=f'{type(backbone).__name__} has no input norm to add prompts after'):
        backbone.encode_views([x, x], [None, prompt])


def test_layer_depth(name):
    backbone = build(name)
    depths = {}
    for key, _ in backbone.named_parameters():
        depth, count = backbone.get_layer_depth(f'backbone.{key}')
        assert count == backbone.num_layers + 2
        assert backbone.get_layer_depth(key, prefix='') == (depth, count)
        depths.setdefault(depth, set()).add('.'.join(key.split('.')[: 1 + key.startswith(f'{backbone.layer_list}.')]))
    assert depths.pop(0) == set(backbone.input_parts)
    for index in range(backbone.num_layers):
        assert depths.pop(index + 1) == {f'{backbone.layer_list}.{index}'}
    last = backbone.num_layers + 1
    assert depths in ({}, {last: {'norm'}})
    assert backbone.get_layer_depth('cls_head.fc.weight') == (last, last + 1)


@pytest.mark.parametrize('stages', [-1, 0, 1, 'all'])
def test_frozen_stages(name, stages):
    stages = build(name).num_layers if stages == 'all' else stages
    backbone = build(name, frozen_stages=stages)
    assert backbone.frozen_stages == stages
    whole = stages == backbone.num_layers
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    features = backbone.eval().train()(draw())
    assert features.requires_grad != whole
    for key, parameter in backbone.named_parameters():
        frozen = whole or backbone.get_layer_depth(key, prefix='')[0] <= stages
        assert parameter.requires_grad != frozen, key
    for key, module in backbone.named_modules():
        if not list(module.children()):
            assert module.training != (whole or backbone.get_layer_depth(key, prefix='')[0] <= stages), key
    if whole:
        torch.testing.assert_close(backbone.state_dict(), before, rtol=0, atol=0)
    count = backbone.num_layers
    message = f'frozen_stages must lie between -1 and {count} .the number of layers., got {count + 1}'
    with pytest.raises(ValueError, match=message):
        build(name, frozen_stages=count + 1)


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(joints=25), "built for 15 joints, got 25; set the layout of the backbone, now 'sbu'"),
        (dict(channels=2), 'built for 3 coordinates per joint, got 2; set in_channels'),
    ],
)
def test_wrong_input(name, kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(name)(draw(**kwargs))
    with pytest.raises(ValueError, match=r'takes sequences \(N, M, T, V, C\), got \(2, 8, 15, 3\); is FormatGCNInput'):
        build(name)(draw()[:, 0])


class PerJoint(SkeletonBackbone):
    """Smallest backbone."""

    kind = 'graph'
    input_parts = ()
    layer_list = 'layers'

    def __init__(self, frozen_stages=-1, named=True):
        super().__init__()
        if named:
            self.layout = 'sbu'
        self.in_channels, self.out_channels = 3, 8
        self.layers = nn.ModuleList([nn.Linear(3, 8), nn.Linear(8, 8)])
        self.freeze(frozen_stages)

    def forward(self, x):
        self.check_input(x)
        return nn.Sequential(*self.layers)(x).permute(0, 1, 4, 2, 3)


class TestBuildBackbone:
    def test_a_backbone_of_the_users_serves_every_pretrainer(self):
        assert isinstance(build_backbone(dict(type=PerJoint, frozen_stages=1)), PerJoint)
        model = MODELS.build(
            dict(
                type='PCM3',
                backbone=dict(type=PerJoint),
                masking=dict(type='BodyPartMasking', num_clips=4),
                mixing=dict(type='ViewMixing', span=(2, 3)),
                queue_size=8,
                prompts=False,
            )
        )
        losses = model(torch.randn(4, 3, 2, 16, 15, 3), mode='loss')
        assert all(value.isfinite() for value in losses.values())

    @pytest.mark.parametrize('kind', ['STGCN', 'mmaction.STGCN', STGCN, 'SkeletonSTGCN'])
    def test_graph_convolutions_of_mmaction2_are_adapted(self, kind):
        assert type(build_backbone(dict(GRAPH, type=kind))) is SkeletonSTGCN

    def test_backbones_without_the_contract_are_refused(self):
        class Foreign(STGCN):
            pass

        with pytest.raises(TypeError, match='Foreign is no SkeletonBackbone; derive it from .* and set kind, layout, '):
            build_backbone(dict(GRAPH, type=Foreign))
        with pytest.raises(TypeError, match='PerJoint does not set layout; set the attributes'):
            build_backbone(dict(type=PerJoint, named=False))
        with pytest.raises(KeyError, match='Martian is not in the'):
            build_backbone(dict(type='Martian'))
        adapted = build_backbone(dict(GRAPH, type=type('Adapted', (GraphBackbone, Foreign), {})))
        assert adapted.layout == 'sbu' and not isinstance(adapted, TokenBackbone)
