import copy

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper
from mmengine.registry import DefaultScope

import mamp_plugin  # noqa: F401
from mamp_plugin.models.layers import resize_time_table
from mamp_plugin.skeletons import LAYOUTS, SkeletonLayout, register_layout

SMALL = dict(
    type='SkeletonTransformer', layout='coco', num_frames=8, embed_dims=16, depth=2, num_heads=2, temporal_patch=2
)


def build(**kwargs):
    backbone = MODELS.build(dict(SMALL, **kwargs))
    backbone.init_weights()
    return backbone


@pytest.mark.parametrize('layout', list(LAYOUTS))
@pytest.mark.parametrize('persons', [1, 2, 3])
def test_features_of_every_layout(layout, persons):
    layout = LAYOUTS[layout]
    x = torch.randn(2, persons, 8, layout.num_joints, layout.dims)
    features = build(layout=layout.name, in_channels=layout.dims)(x)
    assert features.shape == (2, persons, 16, 4, layout.num_joints)


def test_persons_do_not_see_each_other():
    backbone, x = build().eval(), torch.randn(2, 3, 8, 17, 3)
    together = backbone(x)
    for person in range(3):
        torch.testing.assert_close(together[:, person : person + 1], backbone(x[:, person : person + 1]))


def test_tokens_come_out_in_the_order_given():
    backbone = build()
    patches = backbone.cut(torch.randn(3, 8, 17, 3))
    order = torch.stack([torch.randperm(4 * 17) for _ in range(3)])
    shuffled = backbone.encode(patches, order)
    torch.testing.assert_close(shuffled, backbone.encode(patches).take_along_dim(order[..., None], dim=1))
    assert backbone.encode(patches, order[:, :5]).shape == (3, 5, 16)


def test_hidden_tokens_are_not_seen():
    backbone, x = build(), torch.randn(1, 8, 17, 3)
    ids_keep = torch.tensor([[3, 20, 40]])
    before = backbone.encode(backbone.cut(x), ids_keep)
    x[:, 6:] += 1  # the last row of tokens, 51 to 67
    assert torch.equal(backbone.encode(backbone.cut(x), ids_keep), before)


def test_initial_weights():
    backbone = build(embed_dims=64, layout='nturgb+d', num_frames=240)
    for table in (backbone.time_table, backbone.joint_table):
        assert 0.018 < table.std() < 0.022
    qkv = backbone.blocks[0].attn.qkv
    assert not qkv.bias.any()
    bound = (6 / (64 + 192)) ** 0.5
    assert 0.98 * bound < qkv.weight.abs().max() <= bound
    assert backbone.patch_embed.proj.bias.any()
    assert torch.equal(backbone.norm.weight, torch.ones(64))


def test_works_under_mmaction2_recognizers():
    config = dict(type='RecognizerGCN', backbone=SMALL, cls_head=dict(type='GCNHead', num_classes=3, in_channels=16))
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(config)
    model.init_weights()
    model.train()
    optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    before = copy.deepcopy(model.state_dict())
    samples = [ActionDataSample().set_gt_label(1) for _ in range(4)]
    data = dict(inputs=list(torch.randn(4, 1, 2, 8, 17, 3)), data_samples=samples)
    losses = [model.train_step(data, optim_wrapper)['loss'] for _ in range(5)]
    assert losses[-1] < losses[0]
    unmoved = [name for name, value in model.state_dict().items() if torch.equal(value, before[name])]
    assert unmoved == []
    model.eval()
    data['inputs'] = list(torch.randn(4, 3, 2, 8, 17, 3))  # three clips
    assert model.test_step(data)[0].pred_score.shape == (3,)


# ---- checkpoints ---------------------------------------------------------------------------------------------------


def test_pretrained_weights_of_another_length(tmp_path):
    source = build(num_frames=16)
    checkpoint = {f'backbone.{name}': value for name, value in source.state_dict().items()}
    torch.save(dict(state_dict=dict(checkpoint, other=torch.zeros(1))), tmp_path / 'pretrained.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'pretrained.pth'), prefix='backbone.')
    backbone = build(init_cfg=init_cfg)
    for name, value in backbone.state_dict().items():
        expected = source.state_dict()[name]
        assert torch.equal(value, resize_time_table(expected, 4) if name == 'time_table' else expected), name


def test_loading_leaves_the_checkpoint_as_it_was():
    state = build(num_frames=16).state_dict()
    build().load_state_dict(state)
    assert state['time_table'].shape == (1, 8, 1, 16)


def test_another_number_of_joints_is_refused():
    with pytest.raises(RuntimeError, match='size mismatch for joint_table'):
        build().load_state_dict(build(layout='nturgb+d').state_dict())


def test_another_width_is_refused():
    with pytest.raises(RuntimeError, match='size mismatch for time_table'):
        build().load_state_dict(build(embed_dims=32, num_frames=16).state_dict())


# ---- joints by name -----------------------------------------------------------------------------------------------


def test_names_change_the_position_of_joints_only():
    plain, named = build(), build(joint_names=True)
    assert set(plain.state_dict()) - {'joint_table'} == set(named.state_dict()) - {'joint_table.words'}
    named.load_state_dict({**plain.state_dict(), 'joint_table.words': named.joint_table.words}, strict=False)
    plain.joint_table.data = named.joint_table(17)
    x = torch.randn(2, 1, 8, 17, 3)
    torch.testing.assert_close(named(x), plain(x))


def test_one_encoder_of_several_layouts():
    named = build(joint_names=True, other_layouts=['nturgb+d', 'sbu']).eval()
    for layout in ('coco', 'nturgb+d', 'sbu'):
        alone = build(layout=layout, joint_names=True).eval()
        assert not alone.load_state_dict(named.state_dict()).missing_keys
        x = torch.randn(2, 2, 8, LAYOUTS[layout].num_joints, 3)
        features = named(x)
        assert features.shape == (2, 2, 16, 4, LAYOUTS[layout].num_joints)
        torch.testing.assert_close(features, alone(x))
    with pytest.raises(ValueError, match='built for 17 or 25 or 15 joints, got 20; set the layout of the backbone'):
        named(torch.randn(1, 1, 8, 20, 3))


def test_renumbered_joints_have_the_same_features(monkeypatch):
    """Features belong to names: of a layout of one's own in another order, those of each joint are the same."""
    monkeypatch.setattr('mamp_plugin.skeletons.registry.LAYOUTS', LAYOUTS.copy())
    sbu, order = LAYOUTS['sbu'], torch.randperm(15).tolist()
    parents = [order.index(sbu.parents[joint]) for joint in order]
    axis = ((0,), (1,))
    register_layout(SkeletonLayout('own', tuple(sbu.joints[joint] for joint in order), tuple(parents), 0, axis, axis))
    own, named = (build(layout=layout, joint_names=True).eval() for layout in ('own', 'sbu'))
    own.load_state_dict(named.state_dict())
    x = torch.randn(1, 1, 8, 15, 3)
    torch.testing.assert_close(own(x[..., order, :]), named(x)[..., order])


# ---- training ------------------------------------------------------------------------------------------------------


def test_drop_path_grows_with_depth_and_rests_in_eval():
    backbone = build(depth=3, drop_path_rate=0.4)
    assert [block.drop_path.drop_prob for block in backbone.blocks] == pytest.approx([0, 0.2, 0.4])
    x = torch.randn(4, 1, 8, 17, 3)
    assert not torch.equal(backbone(x), backbone(x))
    backbone.eval()
    assert torch.equal(backbone(x), backbone(x))
    whole = build(depth=3)
    whole.load_state_dict(backbone.state_dict())
    assert torch.equal(backbone(x), whole(x))


# ---- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((1, 1, 6, 17, 3), 'built for 8 frames, got 6; set num_frames'),
        ((1, 1, 1, 8, 17, 3), r'takes sequences \(N, M, T, V, C\)'),
    ],
)
def test_wrong_input(shape, message):
    with pytest.raises(ValueError, match=message):
        build()(torch.randn(shape))


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(temporal_patch=3), 'temporal_patch=3 does not divide num_frames=8'),
        (dict(joint_patch=2), 'joint_patch=2 does not divide the 17 joints'),
        (
            dict(joint_patch=5, layout='sbu', joint_names=True),
            'joint_names needs patches of one joint, got joint_patch=5',
        ),
        (dict(other_layouts=['sbu']), 'needs joint_names=True'),
        (dict(joint_names=True, other_layouts=['nobody']), 'unknown skeleton layout'),
        (dict(num_heads=3), 'embed_dims=16 is not divisible by num_heads=3'),
        (dict(drop_path_rate=1.0), 'drop_path_rate must lie in'),
        (dict(layout='martian'), 'unknown skeleton layout'),
    ],
)
def test_wrong_config(kwargs, message):
    with pytest.raises((ValueError, KeyError), match=message):
        build(**kwargs)
