"""The teacher and the targets of masked feature prediction against plain computations."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper

from mamp_plugin.models.pretrainers.feature_prediction import batch_std

BACKBONE = dict(
    type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=2, num_heads=2, temporal_patch=2
)


def build(backbone=None, head=None, momentum=0.9, end_momentum=None, **kwargs):
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='MaskedFeaturePrediction',
            backbone=dict(BACKBONE, **backbone or {}),
            masking=dict(type='MotionAwareMasking', ratio=0.8, tau=0.8),
            neck=dict(type='MotionDecoder', embed_dims=8, depth=1, num_heads=2),
            head=head,
            momentum=momentum,
            end_momentum=end_momentum,
            **kwargs,
        )
    )
    model.init_weights()
    return model


def perturb_teacher(model):
    for parameter in model.teacher.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)


def draw(samples=3):
    inputs = torch.randn(samples, 1, 2, 8, 15, 3).cumsum(dim=3)
    masks = torch.rand(samples, 2, 60).argsort(dim=2)[..., :12].contiguous()
    return inputs, [ActionDataSample(mask_ids_keep=mask) for mask in masks]


def steps(model, count, lr=0.05):
    inputs, samples = draw()
    optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=lr))
    data = dict(inputs=list(inputs), data_samples=samples)
    return [model.train_step(data, optim_wrapper) for _ in range(count)]


def test_student_and_teacher_start_alike():
    model = build()
    torch.testing.assert_close(model.teacher.backbone.state_dict(), model.backbone.state_dict(), rtol=0, atol=0)


def test_teacher_is_the_average_of_the_student():
    """One update per training step, of the student as the previous step left it."""
    model = build(momentum=0.75)
    expected = {name: p.detach().clone() for name, p in model.backbone.named_parameters()}
    for _ in range(4):
        for name, parameter in model.backbone.named_parameters():
            expected[name] = 0.75 * expected[name] + 0.25 * parameter.detach()
        steps(model, 1)
    torch.testing.assert_close(dict(model.teacher.backbone.named_parameters()), expected)
    assert any(not torch.equal(p, expected[name]) for name, p in model.backbone.named_parameters())


def test_evaluation_leaves_the_teacher():
    model = build()
    perturb_teacher(model)
    before = {name: value.clone() for name, value in model.teacher.state_dict().items()}
    model.eval()(*draw(), mode='loss')
    torch.testing.assert_close(model.teacher.state_dict(), before, rtol=0, atol=0)


@pytest.mark.parametrize(
    ('loss', 'per_value'), [('smooth_l1', lambda e: torch.where(e < 1, e**2 / 2, e - 0.5)), ('mse', lambda e: e**2)]
)
@pytest.mark.parametrize('center', [True, False])
def test_loss_equals_the_textbook(loss, per_value, center):
    model = build(head=dict(type='FeaturePredictionHead', loss=loss), center=center).eval()
    perturb_teacher(model)
    inputs, samples = draw()
    losses = model(inputs, samples, mode='loss')
    persons = inputs.flatten(0, 2)
    targets = model.teacher.backbone(persons[:, None])[:, 0]
    if center:
        targets = targets - targets.mean(dim=2, keepdim=True)
    targets = targets.flatten(2).transpose(1, 2)
    targets = (targets - targets.mean(2, keepdim=True)) / (targets.var(2, unbiased=False, keepdim=True) + 1e-5).sqrt()
    errors = []
    for person, target, ids in zip(persons, targets, torch.cat([sample.mask_ids_keep for sample in samples])):
        latent = model.backbone.encode(model.backbone.cut(person[None]), ids[None])
        prediction = model.head.pred(model.neck(latent, ids[None]))[0]
        hidden = [token for token in range(60) if token not in ids.tolist()]
        errors.append(per_value((prediction[hidden] - target[hidden]).abs()).mean())
    torch.testing.assert_close(losses['loss'], sum(errors) / len(errors))
    torch.testing.assert_close(losses['target_std'], targets.var(dim=0, unbiased=False).sqrt().mean())
    prediction, target, _ = model.reconstruct(inputs, samples)
    torch.testing.assert_close(target, targets)
    torch.testing.assert_close(losses['prediction_std'], prediction.var(dim=0, unbiased=False).sqrt().mean())


def test_standard_deviations_of_drawn_tokens():
    """Each token is compared with the same token of other samples; tokens of a single sample do not count."""
    features = 3 * torch.randn(5, 4, 2) + torch.randn(4, 1)
    ids = torch.tensor([[0, 3], [1, 0], [3, 0], [0, 3], [0, 3]])
    drawn = features.take_along_dim(ids.unsqueeze(-1), dim=1)
    expected = [features[:, 0].std(dim=0, correction=0), features[[0, 2, 3, 4], 3].std(dim=0, correction=0)]
    torch.testing.assert_close(batch_std(drawn, ids, 4), torch.stack(expected).mean())
    everything = torch.arange(4).expand(5, 4)
    torch.testing.assert_close(batch_std(features, everything, 4), batch_std(features))
    assert batch_std(drawn[:1], ids[:1], 4).isnan()


def test_only_the_student_has_gradients():
    model = build()
    perturb_teacher(model)
    model(*draw(), mode='loss')['loss'].backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None and bool(parameter.grad.any())) != name.startswith('teacher.'), name


def test_teacher_applies_no_stochastic_depth():
    model = build(backbone=dict(drop_path_rate=0.5)).train()
    inputs, _ = draw()
    assert model.backbone.training and not model.teacher.training
    assert torch.equal(model.targets(inputs.flatten(0, 2)), model.targets(inputs.flatten(0, 2)))


def test_training_lowers_the_loss_and_logs_no_loss_twice():
    model = build()
    log = steps(model, 12)
    assert log[-1]['loss'] < log[0]['loss']
    assert log[0].keys() == {'loss', 'target_std', 'prediction_std'}


def test_collapse_is_visible_in_the_log():
    model, batch = build().eval(), draw()
    assert model(*batch, mode='loss')['target_std'] > 0.1
    for part in (model.teacher.backbone.norm, model.neck.norm):  # the same output for every token
        part.weight.data.zero_()
        part.bias.data.normal_()
    losses = model(*batch, mode='loss')
    assert losses['target_std'] < 1e-5 and losses['prediction_std'] < 1e-5


def test_the_encoder_alone_is_what_downstream_models_load():
    model, backbone = build(), MODELS.build(BACKBONE)
    prefix = 'backbone.'
    weights = {name[len(prefix) :]: value for name, value in model.state_dict().items() if name.startswith(prefix)}
    backbone.load_state_dict(weights)


def test_wrong_settings():
    with pytest.raises(ValueError, match="loss must be 'smooth_l1' or 'mse', got 'l1'"):
        build(head=dict(type='FeaturePredictionHead', loss='l1'))
    with pytest.raises(ValueError, match='head has out_channels=8, but it must be 16'):
        build(head=dict(type='FeaturePredictionHead', out_channels=8))
    with pytest.raises(ValueError, match=r'momentum must lie in \[0, 1\], got 1.5'):
        build(momentum=1.5)
