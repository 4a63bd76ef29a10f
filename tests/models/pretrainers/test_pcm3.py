import re

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper
from torch.nn import functional as F

from mamp_plugin.models.layers import MixDraw
from mamp_plugin.skeletons import LAYOUTS

GRU = dict(type='SkeletonGRU', layout='sbu', hidden_dims=16, num_layers=2)
SMALL = dict(
    type='PCM3',
    backbone=GRU,
    projector=dict(type='Projector', out_channels=8),
    decoder=dict(type='SequenceDecoder', hidden_dims=12, num_layers=1),
    masking=dict(type='BodyPartMasking', num_clips=4),
    mixing=dict(type='ViewMixing', span=(2, 3)),
    queue_size=20,
    task_prompt_dims=16,
)
LOSSES = {f'loss_{name}' for name in ('query', 'masked', 'recons', 'mix', 'distillation', 'reconstruction')}
ACCURACIES = {f'acc_{name}' for name in ('query', 'masked', 'recons', 'mix')}
GRAPH = dict(graph_cfg=dict(layout='coco', mode='stgcn_spatial'), base_channels=8, num_stages=3, inflate_stages=[3])
ENCODERS = dict(
    gru=dict(),
    transformer=dict(
        backbone=dict(
            type='SkeletonTransformer',
            layout='sbu',
            num_frames=16,
            embed_dims=32,
            depth=1,
            num_heads=2,
            temporal_patch=4,
        ),
    ),
    stgcn=dict(backbone=dict(type='SkeletonSTGCN', down_stages=[2], **GRAPH)),
    # as configs were written before the graph convolutions met the backbone contract
    stgcn_with_facts=dict(
        backbone=dict(type='STGCN', down_stages=[2], **GRAPH),
        layout='coco',
        pool=dict(type='SequencePool', in_channels=16),
    ),
    aagcn=dict(
        backbone=dict(type='AAGCN', down_stages=[2, 3], **GRAPH),
        pool=dict(persons='concat'),
    ),
)


def build(**kwargs):
    torch.manual_seed(0)
    model = MODELS.build(dict(SMALL, **kwargs))
    model.init_weights()
    return model


def draw(samples=5, persons=2, joints=15, channels=3, frames=16, views=3):
    """Noisy views of the same sequences."""
    sequence = torch.randn(samples, 1, persons, frames, joints, channels).cumsum(dim=3)
    return sequence + 0.1 * torch.randn(samples, views, *sequence.shape[2:])


def fix_draws(model, samples=5, frames=16, **mix):
    """Fix the random choices of every step and return them."""
    draws = model.draw(samples, frames)
    draws = draws._replace(mix=draws.mix._replace(**mix))
    model.draw = lambda num_samples, num_frames: draws
    return draws


def train(model, inputs, steps, lr=0.1):
    optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9))
    data = dict(inputs=list(inputs), data_samples=[None] * len(inputs))
    return [float(model.train_step(data, optim_wrapper)['loss'].detach()) for _ in range(steps)]


def gradient_norms(model, inputs):
    model.zero_grad()
    loss, _ = model.parse_losses(model(inputs, mode='loss'))
    loss.backward()
    return {name: parameter.grad.norm() for name, parameter in model.named_parameters() if parameter.requires_grad}


# ---- a step --------------------------------------------------------------------------------------------------------


def test_losses_by_name():
    model, inputs = build(), draw()
    losses = model(inputs, mode='loss')
    assert losses.keys() == LOSSES | ACCURACIES
    total, log = model.parse_losses(losses)
    torch.testing.assert_close(total, sum(losses[name] for name in LOSSES))
    assert log.keys() > ACCURACIES
    assert all(0 <= losses[name] <= 1 for name in ACCURACIES)
    assert build(prompts=False)(inputs, mode='loss').keys() == LOSSES - {'loss_distillation'} | ACCURACIES


def test_accuracies_rise_in_training():
    model, inputs = build(momentum=0.9), draw(8)
    fix_draws(model, 8, mode='cut')
    before = model(inputs, mode='loss')
    train(model, inputs, 40, lr=0.01)
    after = model(inputs, mode='loss')
    assert sum(after[name] for name in ACCURACIES) > sum(before[name] for name in ACCURACIES)


@pytest.mark.parametrize('samples', [1, 2, 3, 7, 23])
@pytest.mark.parametrize('persons', [1, 2])
def test_batches_of_any_size(samples, persons):
    """Too small for partners, dividing the queue or not, larger than the queue."""
    model, inputs = build(), draw(samples, persons)
    for step in (1, 2):
        norms = gradient_norms(model, inputs)
        assert all(norm.isfinite() for norm in norms.values())
        assert model.queue.queue_ptr.tolist() == [step * samples % 20]


@pytest.mark.parametrize('position', ['before_norm', 'after_norm'])
@pytest.mark.parametrize('layout', list(LAYOUTS))
def test_every_layout(layout, position):
    layout = LAYOUTS[layout]
    backbone = dict(GRU, layout=layout.name, in_channels=layout.dims)
    model = build(backbone=backbone, prompt_position=position)
    norms = gradient_norms(model, draw(joints=layout.num_joints, channels=layout.dims))
    assert all(norm.isfinite() for norm in norms.values())


def test_one_person_models():
    model = build(backbone=dict(GRU, num_persons=1))
    assert model.backbone.input_norm.num_features == 45
    assert model(draw(persons=1), mode='loss')['loss_query'].isfinite()


def test_absent_persons_are_zeros():
    inputs = draw(persons=1)
    padded = torch.cat((inputs, torch.zeros_like(inputs)), dim=2)
    losses = []
    for batch in (inputs, padded):
        model = build()
        fix_draws(model)
        losses.append(model(batch, mode='loss'))
    torch.testing.assert_close(*losses)


def test_evaluation_leaves_queue_and_key_encoder():
    model, inputs = build(), draw()
    model.eval()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    assert model(inputs, mode='loss').keys() == LOSSES | ACCURACIES
    torch.testing.assert_close(model.state_dict(), state, atol=0, rtol=0)


def test_key_encoder_is_updated_before_it_is_used():
    model, inputs = build(momentum=0.75), draw()
    fix_draws(model)
    theirs = {name: value.clone() for name, value in model.key_encoder.named_parameters()}
    for parameter in (*model.backbone.parameters(), *model.projector.parameters()):
        parameter.data += 0.1
    model(inputs, mode='loss')
    ours = {f'backbone.{name}': value for name, value in model.backbone.named_parameters()}
    ours.update({f'projector.{name}': value for name, value in model.projector.named_parameters()})
    moved = dict(model.key_encoder.named_parameters())
    assert moved.keys() == ours.keys()
    for name, value in moved.items():
        torch.testing.assert_close(value, 0.75 * theirs[name] + 0.25 * ours[name])
        assert not value.requires_grad
    # the queue has the keys of the encoder as it was moved
    model.key_encoder.momentum = 1.0
    first = model.queue.queue[:, :5].clone()
    model(inputs, mode='loss')
    torch.testing.assert_close(model.queue.queue[:, 5:10], first)


def test_key_encoder_starts_as_a_copy_and_has_its_own_statistics():
    model, inputs = build(), draw()
    for name in ('backbone', 'projector'):
        own, other = getattr(model, name).state_dict(), getattr(model.key_encoder, name).state_dict()
        torch.testing.assert_close(own, other)
    model(inputs, mode='loss')
    assert model.backbone.input_norm.num_batches_tracked == 4
    assert model.key_encoder.backbone.input_norm.num_batches_tracked == 1
    assert model.decoder.norm.num_batches_tracked == 2


def test_mixed_keys_are_mixed_as_the_views():
    model, inputs = build(), draw()
    draws = model.draw(5, 16)._replace(mix=MixDraw('mixup', 2, ('trunk',), 2, 0, 0.25))
    branches = model.encode(inputs, draws)
    expected = 0.75 * branches.keys + 0.25 * branches.keys[[2, 3, 4, 0, 1]]
    torch.testing.assert_close(branches.mixed_keys, F.normalize(expected, dim=1))
    torch.testing.assert_close(branches.keys.norm(dim=1), torch.ones(5))


def test_reconstruction_loss_is_over_hidden_joints():
    model, inputs = build(reconstruction_weight=1.0), draw()
    branches = model.encode(inputs, model.draw(5, 16))
    view, hidden = inputs[:, 2], branches.hidden.unsqueeze(-1).expand(5, -1, -1, -1, 3)
    loss = model.compare(branches, view)['loss_reconstruction']
    torch.testing.assert_close(loss, F.mse_loss(branches.reconstruction[hidden], view[hidden]))
    changed = torch.where(hidden, view, view + 1)
    torch.testing.assert_close(model.compare(branches, changed)['loss_reconstruction'], loss)


# ---- prompts -------------------------------------------------------------------------------------------------------


def test_batch_norm_cancels_prompts_in_front_of_it():
    norms = gradient_norms(build(), draw())
    prompts = {name: norm for name, norm in norms.items() if name.startswith('prompts.')}
    assert len(prompts) == 6
    assert prompts.pop('prompts.cl') > 1e-2
    assert max(prompts.values()) < 1e-4


def test_prompts_after_the_norm_are_learned():
    norms = gradient_norms(build(prompt_position='after_norm'), draw())
    prompts = {name: norm for name, norm in norms.items() if name.startswith('prompts.')}
    assert len(prompts) == 6
    assert min(prompts.values()) > 1e-2


def test_without_prompts_contrast_does_not_train_the_decoder():
    inputs = draw()
    norms = {prompts: gradient_norms(build(prompts=prompts, reconstruction_weight=0.0), inputs) for prompts in (0, 1)}
    decoder = [name for name in norms[0] if name.startswith('decoder.')]
    assert all(norms[0][name] == 0 for name in decoder)
    assert sum(norms[1][name] for name in decoder) > 1e-2


def test_contrast_of_the_prediction_does_not_reach_the_masked_view():
    """The predicted view trains the decoder; no gradient reaches the decoder's input."""
    model, inputs = build(), draw()
    seen = []
    encode = model.backbone.encode_views
    model.backbone.encode_views = lambda *args: seen.append(encode(*args)) or seen[-1]
    branches = model.encode(inputs, model.draw(5, 16))
    masked, recons = seen[0][1], seen[1][0]
    assert not torch.autograd.grad(recons.sum(), masked, retain_graph=True)[0].any()
    assert torch.autograd.grad(branches.reconstruction.sum(), masked, retain_graph=True)[0].any()
    assert torch.autograd.grad(recons.sum(), model.decoder.squeeze.weight, retain_graph=True)[0].any()


# ---- any encoder ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('prompts', [True, False])
@pytest.mark.parametrize('name', list(ENCODERS))
def test_any_encoder_learns(name, prompts):
    model = build(prompts=prompts, **ENCODERS[name])
    inputs = draw(6, joints=model.frame_shape[1])
    fix_draws(model, 6, mode='cut')
    losses = train(model, inputs, 12, lr=0.01)
    assert losses[-1] < 0.9 * losses[0]
    for data_sample in model(inputs[:, :1], mode='predict'):
        assert data_sample.feature.shape == (model.pool.out_channels,)


@pytest.mark.parametrize('name', list(ENCODERS))
def test_every_trained_parameter_has_a_gradient(name):
    """DDP waits for the gradient of every parameter."""
    model = build(**ENCODERS[name])
    norms = gradient_norms(model, draw(6, joints=model.frame_shape[1]))
    assert norms.keys() == {key for key, value in model.named_parameters() if value.requires_grad}
    assert not any(key.startswith('key_encoder.') for key in norms)


def test_features_for_retrieval():
    model, inputs = build().eval(), draw(3, views=2)
    samples = [ActionDataSample().set_gt_label(0) for _ in range(3)]
    assert model(inputs, samples, mode='predict') == samples
    expected = torch.stack([model.backbone(inputs[:, clip])[:, 0, :, -1, 0] for clip in range(2)]).mean(0)
    torch.testing.assert_close(torch.stack([sample.feature for sample in samples]), expected)
    assert model(inputs).shape == (6, 1, 32, 16, 1)


def test_half_precision():
    model, inputs = build(), draw()
    fix_draws(model)
    expected = {name: float(value.detach()) for name, value in build_with(model)(inputs, mode='loss').items()}
    with torch.autocast('cpu', torch.bfloat16):
        losses = model(inputs, mode='loss')
    for name in LOSSES:
        assert losses[name].dtype == torch.float32
        assert float(losses[name].detach()) == pytest.approx(expected[name], rel=0.05)


def build_with(model):
    """Another model with the same weights and random choices."""
    other = build()
    other.load_state_dict(model.state_dict())
    other.draw = model.draw
    return other


# ---- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('parameter', 'names'),
    [
        ('decoder.reconstruct.bias', ['recons', 'distillation', 'reconstruction']),
        ('projector.fc.2.bias', ['query', 'masked', 'recons', 'mix', 'distillation']),
    ],
)
def test_a_nan_names_its_branch(parameter, names):
    model = build()
    dict(model.named_parameters())[parameter].data[0] = float('nan')
    before = model.queue.queue.clone()
    model.eval()  # the keys do not follow
    expected = ', '.join(f'loss_{name} is nan' for name in names)
    with pytest.raises(FloatingPointError, match=f'^{re.escape(expected)}; lower the learning rate'):
        model(draw(), mode='loss')
    model.train()
    with pytest.raises(FloatingPointError):
        model(draw(), mode='loss')
    assert torch.equal(model.queue.queue, before)


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(prompt_position='inside'), "prompt_position must be 'before_norm' or 'after_norm', got 'inside'"),
        (dict(momentum=1.5), r'momentum must lie in \[0, 1\], got 1.5'),
        (dict(layout='coco'), "PCM3 has layout='coco', but it must be 'sbu' here; leave it out of the config"),
        (dict(num_persons=1), 'PCM3 has num_persons=1, but it must be 2 here'),
        (dict(pool=dict(type='SequencePool', in_channels=8)), 'pool has in_channels=8, but it must be 32'),
        (dict(masking=dict(type='BodyPartMasking', layout='coco')), "masking has layout='coco', but it must be 'sbu'"),
        (dict(ENCODERS['stgcn_with_facts'], layout='sbu'), "PCM3 has layout='sbu', but it must be 'coco'"),
        (dict(ENCODERS['stgcn'], prompt_position='after_norm'), 'needs a backbone that accepts prompts'),
        (dict(task_prompt_dims=34), 'task_prompt_dims=34 must be even and at most the 32 channels'),
    ],
)
def test_wrong_config(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)


def test_wrong_input():
    model = build()
    with pytest.raises(ValueError, match=r'needs three views .* got \(5, 2, 2, 16, 15, 3\); is MultiView'):
        model(draw(views=2), mode='loss')
    with pytest.raises(ValueError, match='built for 2 persons, got 3'):
        model(draw(persons=3), mode='loss')
    with pytest.raises(ValueError, match='18 frames cannot be mixed in blocks of block_frames=4'):
        model(draw(frames=18), mode='loss')
    broken = draw()
    broken[2, 1, 0, 3, 4, 1] = float('nan')
    with pytest.raises(ValueError, match='sample 2 of the batch has coordinates that are NaN'):
        model(broken, mode='loss')


# ---- masks made in the pipeline ------------------------------------------------------------------------------------


def with_masks(masks):
    """Data samples that bring masks ``(views, M, T, V)``."""
    return [ActionDataSample(hidden_joints=mask) for mask in masks]


def random_masks(inputs):
    return torch.rand(inputs.shape[:5]) < 0.4


@pytest.mark.parametrize('name', ['gru', 'transformer'])
def test_a_shared_mask_equals_the_drawn_one(name):
    inputs, results = draw(), []
    for given in (False, True):
        model = build(**ENCODERS[name])
        draws = fix_draws(model)
        mask = torch.zeros(5, 3, 2, 16, 15, dtype=torch.bool)
        mask[:, 2] = model.masking(draws.mask, 16, 2)
        losses = model(inputs, with_masks(mask) if given else None, mode='loss')
        model.parse_losses(losses)[0].backward()
        results.append((losses, {key: p.grad for key, p in model.named_parameters() if p.requires_grad}))
    torch.testing.assert_close(*results, rtol=0, atol=0)


def test_every_sample_has_its_own_mask():
    model, inputs = build(reconstruction_weight=1.0), draw()
    draws, hidden = fix_draws(model), random_masks(inputs)
    losses = model.eval()(inputs, with_masks(hidden), mode='loss')
    branches, view = model.encode(inputs, draws, hidden[:, 2]), inputs[:, 2]
    assert branches.num_hidden == hidden[:, 2].sum()
    where = hidden[:, 2, ..., None].expand_as(view)
    expected = F.mse_loss(branches.reconstruction[where], view[where])
    torch.testing.assert_close(losses['loss_reconstruction'], expected)
    # hidden coordinates of a sample do not reach its reconstruction, visible ones do
    for change, same in ((where, True), (~where, False)):
        other = inputs.clone()
        other[:, 2] += change
        assert torch.equal(model.encode(other, draws, hidden[:, 2]).reconstruction, branches.reconstruction) == same


def test_masks_of_fewer_persons_are_padded():
    inputs = draw(persons=1)
    padded, hidden = torch.cat((inputs, torch.zeros_like(inputs)), dim=2), random_masks(inputs)
    losses = []
    for batch, mask in ((inputs, hidden), (padded, torch.cat((hidden, torch.zeros_like(hidden)), dim=2))):
        model = build()
        fix_draws(model)
        losses.append(model(batch, with_masks(mask), mode='loss'))
    torch.testing.assert_close(*losses)


@pytest.mark.parametrize(
    ('mask', 'message'),
    [
        (
            torch.ones(2, 16, 15, dtype=torch.bool),
            r'sample 1 must be bool \(3, 2, 16, 15\) as its views, .* got .* .2, 16',
        ),
        (torch.ones(3, 2, 16, 15), r'sample 1 must be bool .* got torch.float32 \(3, 2, 16, 15\)'),
        (None, 'sample 1 has no hidden_joints, but other samples of its batch do'),
    ],
)
def test_wrong_masks(mask, message):
    inputs = draw()
    samples = with_masks(random_masks(inputs))
    samples[1] = ActionDataSample() if mask is None else ActionDataSample(hidden_joints=mask)
    with pytest.raises(ValueError, match=message):
        build()(inputs, samples, mode='loss')


def test_masks_that_hide_nothing():
    inputs = draw()
    hidden = random_masks(inputs)
    hidden[:, 2] = False
    with pytest.raises(ValueError, match='hidden_joints hide nothing in the third view'):
        build()(inputs, with_masks(hidden), mode='loss')


# ---- pooling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('name', list(ENCODERS))
def test_the_pool_takes_part_in_loss_and_prediction(name):
    """Another summary, and another pooling of each step, change losses and features."""
    inputs = draw(joints=17 if 'gcn' in name else 15)
    summary = 'last' if name != 'gru' else 'mean'
    results = []
    for pool, scale in (({}, 1), (dict(summary=summary), 1), ({}, 2)):
        model = build(**dict(ENCODERS[name], pool=pool)).eval()
        fix_draws(model)
        model.pool.register_forward_hook(lambda module, arguments, output, scale=scale: output * scale)
        losses = model(inputs, mode='loss')
        results.append((losses, torch.stack([sample.feature for sample in model(inputs, mode='predict')])))
        assert model.pool.summary == pool.get('summary', 'last' if name == 'gru' else 'mean')
    for losses, features in results[1:]:
        for key in ('loss_query', 'loss_masked', 'loss_recons', 'loss_mix'):
            assert not torch.equal(losses[key], results[0][0][key])
        assert not torch.equal(features, results[0][1])
