import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from mamp_plugin.evaluation.forecast import constant_pose

TRANSFORMER = dict(
    type='SkeletonTransformer', layout='sbu', num_frames=4, embed_dims=16, depth=1, num_heads=2, temporal_patch=2
)
GRU = dict(type='SkeletonGRU', layout='sbu', num_persons=2, hidden_dims=8, num_layers=1)
STGCN = dict(type='STGCN', graph_cfg=dict(layout='nturgb+d', mode='stgcn_spatial'), base_channels=4, num_stages=2)
STGCN.update(inflate_stages=[2], down_stages=[2])
BACKBONES = dict(
    transformer=(TRANSFORMER, {}),
    patches=(dict(TRANSFORMER, joint_patch=3), {}),
    gru=(GRU, {}),
    last_frame=(dict(GRU, last_frame_only=True), {}),
    stgcn=(STGCN, {}),
    stgcn_with_facts=(STGCN, dict(layout='nturgb+d', in_channels=8)),
)
HISTORY, HORIZON = 5, 3


def build(name='transformer', **head):
    backbone, known = BACKBONES[name]
    head = dict(type='ForecastHead', horizon=HORIZON, **dict(known, **head))
    model = MODELS.build(dict(type='SkeletonForecaster', backbone=backbone, head=head))
    model.init_weights()
    return model


def draw(name='transformer', persons=2):
    joints = 25 if name.startswith('stgcn') else 15
    return torch.randn(2, 1, persons, HISTORY + HORIZON, joints, 3).cumsum(dim=3)


@pytest.mark.parametrize('name', BACKBONES)
def test_every_encoder_learns(name):
    torch.manual_seed(0)
    model, inputs = build(name).train(), draw(name)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(8):
        loss = model(inputs, mode='loss')['loss']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize('name', BACKBONES)
def test_an_untrained_model_predicts_the_last_pose(name):
    model, inputs = build(name).eval(), draw(name)
    samples = [ActionDataSample(frame_dir=str(index)) for index in range(2)]
    with torch.no_grad():
        predicted = model(inputs, samples, mode='predict')
    assert predicted[0] is samples[0]
    expected = constant_pose(inputs[:, 0, :, :HISTORY], HORIZON)
    assert torch.equal(torch.stack([sample.pred_future for sample in predicted]), expected)


@pytest.mark.parametrize('name', ['transformer', 'gru'])
def test_the_future_is_not_seen(name):
    model, inputs = build(name).eval(), draw(name)
    torch.nn.init.normal_(model.head.offset.weight)
    with torch.no_grad():
        expected = [sample.pred_future for sample in model(inputs, mode='predict')]
        features = model(inputs)
        forecast = model.forecast(inputs[:, 0, :, :HISTORY])
        inputs[:, :, :, HISTORY:] += 1
        assert torch.equal(model(inputs), features)
        for sample, future in zip(model(inputs, mode='predict'), expected):
            assert torch.equal(sample.pred_future, future)
        assert torch.equal(forecast, torch.stack(expected))


def test_an_encoder_of_fewer_frames_sees_the_last_ones():
    model, inputs = build().eval(), draw()
    changed = inputs.clone()
    changed[:, :, :, 0] += 1
    assert torch.equal(model(inputs), model(changed))
    changed[:, :, :, 1] += 1
    assert not torch.equal(model(inputs), model(changed))


def test_an_encoder_of_more_frames_says_so():
    backbone = dict(TRANSFORMER, num_frames=8)
    model = MODELS.build(
        dict(type='SkeletonForecaster', backbone=backbone, head=dict(type='ForecastHead', horizon=HORIZON))
    )
    with pytest.raises(ValueError, match='built for 8 frames, got 5; set num_frames'):
        model(draw(), mode='loss')


def test_fewer_persons_than_the_encoder_merges():
    model = build('gru').eval()
    (first, _) = model(draw(persons=1), mode='predict')
    assert first.pred_future.shape == (1, HORIZON, 15, 3)
    assert torch.isfinite(model(draw(persons=1), mode='loss')['loss'])


def test_an_absent_person_does_not_count():
    model, inputs = build(), draw()
    inputs[:, :, 1] = 0
    torch.testing.assert_close(model(inputs, mode='loss')['loss'], model(inputs[:, :, :1], mode='loss')['loss'])


def test_the_encoder_of_a_pretrainer_fits():
    pretrainer = MODELS.build(
        dict(
            type='MAMP',
            backbone=dict(TRANSFORMER, num_frames=8),
            masking=dict(type='RandomMasking', ratio=0.5),
            neck=dict(type='MotionDecoder', embed_dims=8, depth=1, num_heads=2),
            head=dict(type='MotionPredictionHead'),
        )
    )
    model = build()
    missing, unexpected = model.load_state_dict(pretrainer.state_dict(), strict=False)
    assert missing == ['head.offset.weight', 'head.offset.bias']
    assert not [name for name in unexpected if name.startswith('backbone.')]
    assert torch.equal(model.backbone.blocks[0].attn.qkv.weight, pretrainer.backbone.blocks[0].attn.qkv.weight)


def test_the_head_belongs_to_the_last_layer():
    backbone = build().backbone
    layer, num_layers = backbone.get_layer_depth('head.offset.weight')
    assert layer == num_layers - 1


def test_a_head_that_contradicts_the_backbone():
    with pytest.raises(ValueError, match="head has layout='coco', but it must be 'sbu' here"):
        build(layout='coco')


def test_several_clips_are_refused():
    with pytest.raises(ValueError, match=r'one clip per sample, \(N, 1, M, T, V, C\), got \(2, 3, 2, 8, 15, 3\)'):
        build()(draw().expand(-1, 3, -1, -1, -1, -1), mode='loss')


def test_clips_without_a_future_are_refused():
    with pytest.raises(ValueError, match='3 frames leave no history to predict 3 frames from'):
        build()(draw()[:, :, :, :HORIZON], mode='predict')
