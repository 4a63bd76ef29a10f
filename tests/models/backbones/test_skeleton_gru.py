import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper
from torch import nn
from torch.nn import functional as F

from mamp_plugin.engine.checkpoints.official_pcm3 import to_official
from mamp_plugin.skeletons import LAYOUTS


def build(**kwargs):
    backbone = MODELS.build(dict(dict(type='SkeletonGRU', layout='sbu', hidden_dims=16, num_layers=3), **kwargs))
    backbone.init_weights()
    return backbone


def encode(backbone, x):
    """Features of each frame, ``(N, T, D)``."""
    (features,) = backbone.encode_views([x])
    return features[:, 0, :, :, 0].transpose(1, 2)


def frame_by_frame(backbone, x):
    """Encode as released: a bidirectional GRU gets one frame at a time and its own last states."""
    batch, persons, frames, joints, coordinates = x.shape
    values, hidden = persons * joints * coordinates, backbone.embed_dims // 2
    gru = nn.GRU(values, hidden, len(backbone.layers), bidirectional=True)
    state = {to_official(f'backbone.{name}'): value for name, value in backbone.state_dict().items()}
    prefix = 'encoder_q.encoder.gru.'
    gru.load_state_dict({name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)})
    x = x.permute(0, 2, 3, 4, 1).reshape(batch, frames, values)
    x = F.batch_norm(x.reshape(-1, values), None, None, training=True).view_as(x)
    carried, outputs = None, []
    for frame in range(frames):
        output, carried = gru(x[:, frame : frame + 1].transpose(0, 1), carried)
        outputs.append(output[0])
    return torch.stack(outputs, dim=1)


@pytest.mark.parametrize('layout', list(LAYOUTS))
def test_equals_frame_by_frame(layout):
    layout = LAYOUTS[layout]
    backbone = build(layout=layout.name, in_channels=layout.dims)
    x = torch.randn(3, 2, 20, layout.num_joints, layout.dims)
    ours, theirs = encode(backbone, x), frame_by_frame(backbone, x)
    assert (ours - theirs).abs().max() <= 1e-6
    assert theirs.abs().max() > 0.1


def test_gradients_equal_frame_by_frame():
    backbone, x = build(), torch.randn(3, 2, 20, 15, 3)
    weights = torch.randn(3, 20, 32)
    gradients = []
    for encoder in (encode, frame_by_frame):
        leaf = x.clone().requires_grad_()
        (encoder(backbone, leaf) * weights).sum().backward()
        gradients.append(leaf.grad)
    assert (gradients[0] - gradients[1]).abs().max() <= 1e-5 * gradients[1].abs().max()


def test_features_are_one_per_frame():
    backbone, x = build(), torch.randn(2, 2, 20, 15, 3)
    features = backbone(x)
    assert features.shape == (2, 1, 32, 20, 1)
    assert torch.equal(features, backbone.encode_views([x])[0])
    assert build()(x[:, :, :7]).shape == (2, 1, 32, 7, 1)


def test_the_last_frame_alone():
    backbone, x = build(), torch.randn(2, 2, 20, 15, 3)
    features = backbone(x)
    backbone.last_frame_only = True
    torch.testing.assert_close(backbone(x), features[:, :, :, -1:])
    assert backbone.encode_views([x])[0].shape == features.shape


def test_a_frame_knows_the_past_and_not_the_future():
    backbone, x = build().eval(), torch.randn(2, 2, 20, 15, 3)
    features = backbone(x)
    other = x.clone()
    other[:, :, 10] += 1
    changed = (backbone(other) != features).flatten(0, 2).any(dim=0).flatten()
    assert not changed[:10].any()
    assert changed[10:].all()


def test_views_together_are_views_one_by_one():
    one_by_one, together = build(), build()
    together.load_state_dict(one_by_one.state_dict())
    views = [torch.randn(2, 2, 12, 15, 3) * scale for scale in (1, 2, 5)]
    expected = [one_by_one.encode_views([view])[0] for view in views]
    torch.testing.assert_close(together.encode_views(views), expected)
    torch.testing.assert_close(together.state_dict(), one_by_one.state_dict())
    assert together.input_norm.num_batches_tracked == 3


def test_prompts_are_added_after_the_norm():
    backbone, x = build(), torch.randn(2, 2, 12, 15, 3)
    prompt = torch.randn(90)
    plain, prompted = backbone.encode_views([x, x], [None, prompt])
    backbone.input_norm.bias.data += prompt
    torch.testing.assert_close(backbone.encode_views([x])[0], prompted)
    assert not torch.allclose(plain, prompted)


def test_missing_persons_are_zeros():
    backbone, x = build(), torch.randn(2, 1, 12, 15, 3)
    torch.testing.assert_close(backbone(x), backbone(torch.cat((x, torch.zeros_like(x)), dim=1)))


def test_under_a_recognizer():
    backbone = dict(type='SkeletonGRU', layout='sbu', hidden_dims=16, num_layers=1)
    model = MODELS.build(
        dict(type='RecognizerGCN', backbone=backbone, cls_head=dict(type='GCNHead', num_classes=3, in_channels=32))
    )
    model.init_weights()
    optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.5))
    samples = [ActionDataSample().set_gt_label(index % 3) for index in range(6)]
    data = dict(inputs=list(torch.randn(6, 1, 2, 12, 15, 3)), data_samples=samples)
    losses = [float(model.train_step(data, optim_wrapper)['loss'].detach()) for _ in range(10)]
    assert losses[-1] < losses[0]


def test_matrices_begin_xavier_uniform():
    backbone = build(hidden_dims=64)
    for name, parameter in backbone.named_parameters():
        if parameter.ndim > 1:
            bound = (6 / sum(parameter.shape)) ** 0.5
            assert 0.97 * bound < parameter.abs().max() <= bound, name


def test_wrong_config():
    with pytest.raises(ValueError, match='built for 2 persons, got 3; set num_persons of the backbone'):
        build()(torch.randn(2, 3, 12, 15, 3))
    with pytest.raises(KeyError, match='unknown skeleton layout'):
        build(layout='martian')
