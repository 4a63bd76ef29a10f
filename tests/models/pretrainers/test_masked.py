"""Behavior that all masked pretraining methods share."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

BACKBONE = dict(
    type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=2, num_heads=2, temporal_patch=2
)
METHODS = dict(
    MAMP=dict(head=dict(type='MotionPredictionHead')), MaskedFeaturePrediction=dict(momentum=0.9, end_momentum=None)
)
#: A share of 1 leaves nothing to chance, as most tests need; draws are tested by themselves.
DECODERS = dict(MotionDecoder=dict(), QueryDecoder=dict(share=1.0))
NUM_TOKENS = 4 * 15


@pytest.fixture(params=[(method, decoder) for method in METHODS for decoder in DECODERS], ids='-'.join)
def build(request):
    """Build a small model of each method with each decoder, with the same weights every time."""
    method, decoder = request.param

    def build(backbone=None, neck=None, masking=None, **kwargs):
        torch.manual_seed(0)
        cfg = dict(
            type=method,
            backbone=dict(BACKBONE, **backbone or {}),
            masking=masking or dict(type='MotionAwareMasking', ratio=0.8, tau=0.8),
            neck=dict(dict(type=decoder, embed_dims=8, depth=1, num_heads=2, **DECODERS[decoder]), **neck or {}),
            **METHODS[method],
        )
        model = MODELS.build(dict(cfg, **kwargs))
        model.init_weights()
        return model

    return build


def draw(samples=2, clips=1, persons=2, frames=8, joints=15, channels=3):
    return torch.randn(samples, clips, persons, frames, joints, channels).cumsum(dim=3)


def draw_masks(inputs, kept=12):
    rows = inputs.shape[1] * inputs.shape[2]
    return [
        ActionDataSample(mask_ids_keep=torch.rand(rows, NUM_TOKENS).argsort(dim=1)[:, :kept].contiguous())
        for _ in inputs
    ]


def loss_and_gradients(model, inputs, samples=None):
    model.zero_grad()
    loss = model(inputs, samples, mode='loss')['loss']
    loss.backward()
    trained = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    return loss.detach(), {name: parameter.grad.clone() for name, parameter in trained.items()}


@pytest.mark.parametrize('persons', [1, 3])
@pytest.mark.parametrize('clips', [1, 2])
def test_clips_and_persons_are_samples(build, persons, clips):
    """However the rows are arranged, it is the same batch of sequences."""
    model, inputs = build(), draw(2, clips, persons)
    samples = draw_masks(inputs)
    flat = inputs.reshape(-1, 1, 1, 8, 15, 3)
    masks = torch.cat([sample.mask_ids_keep for sample in samples])
    alone = [ActionDataSample(mask_ids_keep=mask[None]) for mask in masks]
    torch.testing.assert_close(model(inputs, samples, 'loss'), model(flat, alone, 'loss'))
    assert model(inputs).shape == (2 * clips, persons, 16, 4, 15)


def test_activation_checkpointing_gives_the_same_gradients(build):
    model, inputs = build(), draw()
    samples = draw_masks(inputs)
    expected = loss_and_gradients(model, inputs, samples)
    model.backbone.with_cp = model.neck.with_cp = True
    torch.testing.assert_close(loss_and_gradients(model, inputs, samples), expected)


def test_facts_about_the_backbone_are_filled_in(build):
    model = build(neck=dict(in_channels=16, grid_size=[4, 15]))
    assert model.neck.grid_size == (4, 15)
    with pytest.raises(ValueError, match='neck has in_channels=32, but it must be 16'):
        build(neck=dict(in_channels=32))


@pytest.mark.parametrize('joints', [15, 25])
def test_several_layouts(build, joints):
    """With names, a batch of each layout gives what a model of this layout alone gives."""
    layouts = {15: 'sbu', 25: 'nturgb+d'}
    mixed = build(backbone=dict(joint_names=True, other_layouts=['nturgb+d']))
    alone = build(backbone=dict(joint_names=True, layout=layouts[joints]))
    alone.load_state_dict(mixed.state_dict())
    inputs = draw(joints=joints)
    samples = [ActionDataSample(mask_ids_keep=torch.randperm(4 * joints)[:10].repeat(2, 1)) for _ in inputs]
    loss, gradients = loss_and_gradients(mixed, inputs, samples)
    assert all(gradients[f'{part}.joint_table.words'].any() for part in ('backbone', 'neck'))
    torch.testing.assert_close((loss, gradients), loss_and_gradients(alone, inputs, samples))
    torch.testing.assert_close(mixed.reconstruct(inputs, samples), alone.reconstruct(inputs, samples))
    assert torch.isfinite(mixed(inputs, mode='loss')['loss'])
    mixed.predict(inputs, None)


@pytest.mark.parametrize('method', list(METHODS))
def test_backbones_that_cannot_omit_tokens(method):
    stgcn = dict(type='STGCN', graph_cfg=dict(layout='coco'), base_channels=8, num_stages=2)
    neck = dict(type='MotionDecoder')
    cfg = dict(type=method, backbone=stgcn, masking=dict(type='RandomMasking'), neck=neck, **METHODS[method])
    with pytest.raises(TypeError, match='needs a TokenBackbone.* such as SkeletonTransformer; SkeletonSTGCN does not'):
        MODELS.build(cfg)


# ---- masks made in the pipeline ------------------------------------------------------------------------------------


def test_given_masks_are_used(build):
    model, inputs = build(), draw()
    samples = draw_masks(inputs)
    _, _, hidden = model.reconstruct(inputs, samples)
    for row, ids in zip(hidden, torch.cat([sample.mask_ids_keep for sample in samples])):
        assert set(row.logical_not().nonzero().flatten().tolist()) == set(ids.tolist())
    assert torch.equal(model(inputs, samples, 'loss')['loss'], model(inputs, samples, 'loss')['loss'])
    assert not torch.equal(model(inputs, mode='loss')['loss'], model(inputs, mode='loss')['loss'])


@pytest.mark.parametrize(
    ('mask', 'message'),
    [
        (torch.zeros(2, 12), 'of sample 1 must be int64'),
        (torch.arange(12).repeat(3, 1), r'\(clips \* persons, kept\), here \(2, 12\)'),
        (torch.arange(11).repeat(2, 1), r'got torch.int64 \(2, 11\)'),
        (torch.arange(NUM_TOKENS - 11, NUM_TOKENS + 1).repeat(2, 1), f'between 0 and {NUM_TOKENS - 1}'),
        (torch.arange(-1, 11).repeat(2, 1), 'between 0 and'),
        (torch.zeros(2, 12, dtype=torch.int64), 'each once'),
        (None, 'sample 1 has no mask_ids_keep'),
    ],
)
def test_wrong_masks(build, mask, message):
    inputs = draw()
    samples = draw_masks(inputs)
    samples[1] = ActionDataSample() if mask is None else ActionDataSample(mask_ids_keep=mask)
    with pytest.raises(ValueError, match=message):
        build()(inputs, samples, mode='loss')


# ---- absent persons ------------------------------------------------------------------------------------------------


def test_absent_persons_are_trained_on_by_default(build):
    model, inputs = build(), draw()
    inputs[:, :, 1] = 0
    samples = draw_masks(inputs)
    whole = model(inputs, samples, 'loss')['loss']
    halves = []
    for person in range(2):
        masks = [ActionDataSample(mask_ids_keep=sample.mask_ids_keep[person : person + 1]) for sample in samples]
        halves.append(model(inputs[:, :, person : person + 1], masks, 'loss')['loss'])
    torch.testing.assert_close(whole, sum(halves) / 2)


def test_skipping_absent_persons_equals_leaving_them_out(build):
    model, inputs = build(skip_empty_persons=True), draw(3)
    inputs[1, 0, 1] = inputs[2, 0, 0] = 0
    samples = draw_masks(inputs)
    ours = loss_and_gradients(model, inputs, samples)
    present = inputs.flatten(0, 2)[[0, 1, 2, 5]].reshape(4, 1, 1, 8, 15, 3)
    masks = torch.cat([sample.mask_ids_keep for sample in samples])[[0, 1, 2, 5]]
    by_hand = [ActionDataSample(mask_ids_keep=mask[None]) for mask in masks]
    torch.testing.assert_close(ours, loss_and_gradients(build(), present, by_hand))


def test_skipping_changes_nothing_when_all_are_there(build):
    inputs = draw()
    samples = draw_masks(inputs)
    expected = loss_and_gradients(build(), inputs, samples)
    torch.testing.assert_close(loss_and_gradients(build(skip_empty_persons=True), inputs, samples), expected)


def test_a_person_who_stands_still_is_there(build):
    inputs = draw()
    inputs[:] = inputs[:, :, :, :1]
    samples = draw_masks(inputs)
    expected = loss_and_gradients(build(), inputs, samples)
    torch.testing.assert_close(loss_and_gradients(build(skip_empty_persons=True), inputs, samples), expected)


@pytest.mark.parametrize('with_masks', [True, False])
def test_a_batch_without_persons_teaches_nothing(build, with_masks):
    inputs = torch.zeros(2, 1, 2, 8, 15, 3)
    loss, grads = loss_and_gradients(build(skip_empty_persons=True), inputs, draw_masks(inputs) if with_masks else None)
    assert loss == 0
    assert not any(gradient.any() for gradient in grads.values())


def test_empty_sequences_and_single_patches_are_finite(build):
    loss, grads = loss_and_gradients(build(), torch.zeros(2, 1, 2, 8, 15, 3))
    assert loss.isfinite() and all(gradient.isfinite().all() for gradient in grads.values())
    loss, grads = loss_and_gradients(build(backbone=dict(num_frames=2)), draw(frames=2))
    assert loss > 0 and all(gradient.isfinite().all() for gradient in grads.values())


def test_a_frozen_encoder_under_an_empty_batch(build):
    model = build(backbone=dict(frozen_stages=2), skip_empty_persons=True)
    model(torch.zeros(1, 1, 1, 8, 15, 3), mode='loss')['loss'].backward()
    assert all((parameter.grad is not None) == parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize(('ratio', 'message'), [(0.99, 'none of 60 tokens visible'), (0.0, 'no token is hidden')])
def test_ratios_that_leave_nothing_to_learn(build, ratio, message):
    with pytest.raises(ValueError, match=message):
        build(masking=dict(type='RandomMasking', ratio=ratio))(draw(), mode='loss')


# ---- a share of the hidden tokens ----------------------------------------------------------------------------------


@pytest.fixture(params=list(METHODS))
def build_share(request):
    """Build a small model of each method that predicts a quarter of the hidden tokens."""

    def build_share(**kwargs):
        torch.manual_seed(0)
        cfg = dict(
            type=request.param,
            backbone=BACKBONE,
            masking=dict(type='MotionAwareMasking', ratio=0.8),
            neck=dict(type='QueryDecoder', embed_dims=8, depth=2, num_heads=2, share=0.25),
            **METHODS[request.param],
        )
        model = MODELS.build(dict(cfg, **kwargs))
        model.init_weights()
        return model

    return build_share


def test_loss_is_that_of_the_drawn_tokens(build_share):
    model, inputs = build_share().eval(), draw()
    samples = draw_masks(inputs)
    noise = torch.rand(4, NUM_TOKENS)
    ids = model.neck.draw_ids(torch.cat([sample.mask_ids_keep for sample in samples]), noise)
    assert ids.shape == (4, 12)
    model.neck.draw_ids = lambda ids_keep, num_joints: ids
    loss, grads = loss_and_gradients(model, inputs, samples)
    assert all(gradient.any() for gradient in grads.values())
    # predictions of all tokens, from which the drawn ones are taken
    prediction, target, hidden = model.reconstruct(inputs, samples)
    assert prediction.shape == target.shape and hidden.take_along_dim(ids, dim=1).all()
    ours, theirs = (x.take_along_dim(ids.unsqueeze(-1), dim=1) for x in (prediction, target))
    error = torch.nn.functional.smooth_l1_loss if 'teacher' in dict(model.named_children()) else None
    torch.testing.assert_close(loss, (error or torch.nn.functional.mse_loss)(ours, theirs))


def test_draws_follow_the_seed_and_leave_absent_persons_out(build_share):
    model, inputs = build_share(skip_empty_persons=True).eval(), draw()
    inputs[1, 0, 1] = 0
    losses = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        losses.append(model(inputs, mode='loss')['loss'])
    assert torch.equal(losses[0], losses[1]) and not torch.equal(losses[0], losses[2])
    loss, grads = loss_and_gradients(model, torch.zeros_like(inputs))
    assert loss == 0 and not any(gradient.any() for gradient in grads.values())


def test_share_under_activation_checkpointing_and_autocast(build_share):
    model, inputs = build_share(), draw()
    samples, results = draw_masks(inputs), []
    for model.backbone.with_cp in (False, True):
        model.neck.with_cp = model.backbone.with_cp
        torch.manual_seed(0)
        results.append(loss_and_gradients(model, inputs, samples))
    torch.testing.assert_close(results[1], results[0])
    with torch.autocast('cpu', torch.bfloat16):
        torch.manual_seed(0)
        loss, grads = loss_and_gradients(model, inputs, samples)
    torch.testing.assert_close(loss, results[0][0], rtol=0.05, atol=0)
    assert all(gradient.isfinite().all() for gradient in grads.values())


def test_several_masks_share_the_targets(build, monkeypatch):
    """The loss is the mean of the losses with each mask; targets are computed for each sequence once."""
    inputs = draw()
    masks = [draw_masks(inputs) for _ in range(3)]
    single = build()
    losses = [loss_and_gradients(single, inputs, samples) for samples in masks]
    model = build(num_masks=3)
    drawn = torch.cat([sample.mask_ids_keep for samples in masks for sample in samples])
    monkeypatch.setattr(model.masking, 'forward', lambda patches: drawn)
    asked = []
    targets = model.targets
    monkeypatch.setattr(
        model, 'targets', lambda sequences, *ids: asked.append(len(sequences)) or targets(sequences, *ids)
    )
    loss, gradients = loss_and_gradients(model, inputs)
    assert asked == [4]
    torch.testing.assert_close(loss, torch.stack([each for each, _ in losses]).mean())
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, sum(each[name] for _, each in losses) / 3, msg=name)


def test_several_masks_differ(build):
    model = build(num_masks=2)
    _, ids_keep = model._encode(draw().flatten(0, 2), None, 2)
    assert len(ids_keep) == 8 and not ids_keep[:4].equal(ids_keep[4:])


def test_masks_of_the_samples_are_refused_with_several_masks(build):
    inputs = draw()
    with pytest.raises(ValueError, match='num_masks=2; set it to 1'):
        build(num_masks=2)(inputs, draw_masks(inputs), mode='loss')
    with pytest.raises(ValueError, match='num_masks must be at least 1'):
        build(num_masks=0)
