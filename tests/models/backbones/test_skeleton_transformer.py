import copy

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper
from mmengine.registry import DefaultScope
from torch.nn import functional as F

import mamp_plugin  # noqa: F401
from mamp_plugin.models.layers import resize_time_table
from mamp_plugin.skeletons import LAYOUTS

SMALL = dict(
    type='SkeletonTransformer', layout='coco', num_frames=8, embed_dims=16, depth=2, num_heads=2, temporal_patch=2
)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


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


def test_embedding_is_the_convolution():
    backbone, x = build(joint_patch=17), torch.randn(3, 8, 17, 3)
    conv = backbone.patch_embed.proj
    expected = F.conv2d(x.permute(0, 3, 1, 2), conv.weight, conv.bias, conv.stride)
    torch.testing.assert_close(backbone.patch_embed(backbone.cut(x)), expected.permute(0, 2, 3, 1))


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
        expected = resize_time_table(value_of(source, name), 4) if name == 'time_table' else value_of(source, name)
        assert torch.equal(value, expected), name


def value_of(module, name):
    return module.state_dict()[name]


def test_time_table_is_stretched_bicubically():
    """Against the kernel written out: a = -0.75, half-pixel centres, borders repeated."""
    table = torch.randn(1, 5, 1, 3)

    def kernel(d):
        d, a = abs(d), -0.75
        if d <= 1:
            return (a + 2) * d**3 - (a + 3) * d**2 + 1
        return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0

    expected = torch.zeros(1, 7, 1, 3)
    for t in range(7):
        centre = (t + 0.5) * 5 / 7 - 0.5
        for s in range(int(centre // 1) - 1, int(centre // 1) + 3):
            expected[0, t, 0] += kernel(centre - s) * table[0, min(max(s, 0), 4), 0]
    torch.testing.assert_close(resize_time_table(table, 7), expected, rtol=1e-5, atol=1e-5)


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


# ---- training ------------------------------------------------------------------------------------------------------


def test_get_layer_depth():
    backbone = build(depth=3)
    expected = dict(time_table=0, joint_table=0, patch_embed=0, norm=4)
    for name, _ in backbone.named_parameters():
        module, _, rest = name.partition('.')
        layer = int(rest.split('.')[0]) + 1 if module == 'blocks' else expected[module]
        assert backbone.get_layer_depth(f'backbone.{name}') == (layer, 5)
        assert backbone.get_layer_depth(name, prefix='') == (layer, 5)
    assert backbone.get_layer_depth('cls_head.fc.weight') == (4, 5)
    assert backbone.get_layer_depth('blocks.0.norm1.weight') == (4, 5)


FROZEN = {
    -1: [],
    0: ['joint_table', 'patch_embed', 'time_table'],
    1: ['blocks.0', 'joint_table', 'patch_embed', 'time_table'],
    2: ['blocks.0', 'blocks.1', 'joint_table', 'norm', 'patch_embed', 'time_table'],
}


@pytest.mark.parametrize('stages', list(FROZEN))
def test_frozen_stages(stages):
    backbone = build(frozen_stages=stages, drop_path_rate=0.5)
    backbone.eval()
    backbone.train()
    part = {name: '.'.join(name.split('.')[: 1 + name.startswith('blocks')]) for name, _ in backbone.named_parameters()}
    frozen = {part[name] for name, parameter in backbone.named_parameters() if not parameter.requires_grad}
    assert sorted(frozen) == FROZEN[stages]
    modes = {name: module.training for name, module in backbone.named_modules()}
    for name in ('patch_embed', 'blocks.0', 'blocks.1', 'norm'):
        inside = [mode for key, mode in modes.items() if key == name or key.startswith(f'{name}.')]
        assert set(inside) == {name not in FROZEN[stages]}


def test_a_frozen_backbone_costs_no_backward_pass():
    features = build(frozen_stages=2)(torch.randn(1, 1, 8, 17, 3))
    assert not features.requires_grad


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


def test_checkpointing_gives_the_same_gradients():
    backbone, x = build(drop_path_rate=0.5), torch.randn(4, 1, 8, 17, 3)
    gradients = []
    for with_cp in (False, True):
        backbone.with_cp = with_cp
        backbone.zero_grad()
        torch.manual_seed(1)
        backbone(x).square().sum().backward()
        gradients.append({name: parameter.grad.clone() for name, parameter in backbone.named_parameters()})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, msg=name)


def test_checkpointing_stores_less():
    def stored(backbone):
        sizes = []
        with torch.autograd.graph.saved_tensors_hooks(lambda x: sizes.append(x.numel()) or x, lambda x: x):
            backbone(x)
        return sum(sizes)

    x = torch.randn(4, 1, 8, 17, 3)
    assert stored(build(with_cp=True)) < stored(build()) / 4


# ---- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((1, 1, 6, 17, 3), 'built for 8 frames, got 6; set num_frames'),
        ((1, 1, 8, 25, 3), "built for 17 joints, got 25; set the layout of the backbone, now 'coco'"),
        ((1, 1, 8, 17, 2), 'built for 3 coordinates per joint, got 2; set in_channels'),
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
        (dict(frozen_stages=3), 'frozen_stages must lie between -1 and 2 .the number of layers., got 3'),
        (dict(num_heads=3), 'embed_dims=16 is not divisible by num_heads=3'),
        (dict(drop_path_rate=1.0), 'drop_path_rate must lie in'),
        (dict(layout='martian'), 'unknown skeleton layout'),
    ],
)
def test_wrong_config(kwargs, message):
    with pytest.raises((ValueError, KeyError), match=message):
        build(**kwargs)
