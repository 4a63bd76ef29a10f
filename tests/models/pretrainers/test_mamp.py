import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper

import mamp_plugin  # noqa: F401
from mamp_plugin.skeletons import LAYOUTS

BACKBONE = dict(
    type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=2, num_heads=2, temporal_patch=2
)
NUM_TOKENS = 4 * 15


def build(backbone=None, neck=None, head=None, masking=None, **kwargs):
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='MAMP',
            backbone=dict(BACKBONE, **backbone or {}),
            masking=masking or dict(type='MotionAwareMasking', ratio=0.8, tau=0.8),
            neck=dict(dict(type='MotionDecoder', embed_dims=8, depth=1, num_heads=2), **neck or {}),
            head=dict(dict(type='MotionPredictionHead'), **head or {}),
            **kwargs,
        )
    )
    model.init_weights()
    return model


def draw(samples=2, clips=1, persons=2, frames=8, joints=15, channels=3):
    return torch.randn(samples, clips, persons, frames, joints, channels).cumsum(dim=3)


def draw_masks(inputs, kept=12):
    rows = inputs.shape[1] * inputs.shape[2]
    return [
        ActionDataSample(mask_ids_keep=torch.rand(rows, NUM_TOKENS).argsort(dim=1)[:, :kept].contiguous())
        for _ in inputs
    ]


def gradients(model):
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


def loss_and_gradients(model, inputs, samples=None):
    model.zero_grad()
    loss = model(inputs, samples, mode='loss')['loss']
    loss.backward()
    return loss.detach(), gradients(model)


# ---- modes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('layout', list(LAYOUTS))
def test_every_layout(layout):
    layout = LAYOUTS[layout]
    model = build(backbone=dict(layout=layout.name, in_channels=layout.dims))
    inputs = draw(joints=layout.num_joints, channels=layout.dims)
    loss, grads = loss_and_gradients(model, inputs)
    assert loss.isfinite() and loss > 0
    assert all(gradient.any() for gradient in grads.values())


@pytest.mark.parametrize('persons', [1, 2, 3])
@pytest.mark.parametrize('clips', [1, 2])
def test_clips_and_persons_are_samples(persons, clips):
    """However the rows are arranged, it is the same batch of sequences."""
    model, inputs = build(), draw(2, clips, persons)
    samples = draw_masks(inputs)
    flat = inputs.reshape(-1, 1, 1, 8, 15, 3)
    masks = torch.cat([sample.mask_ids_keep for sample in samples])
    alone = [ActionDataSample(mask_ids_keep=mask[None]) for mask in masks]
    torch.testing.assert_close(model(inputs, samples, 'loss'), model(flat, alone, 'loss'))
    assert model(inputs).shape == (2 * clips, persons, 16, 4, 15)


def test_predict_stores_one_feature_per_sample():
    model, inputs = build().eval(), draw(3, 2, 2)
    samples = [ActionDataSample().set_gt_label(0) for _ in range(3)]
    returned = model(inputs, samples, mode='predict')
    assert returned == samples
    features = model(inputs, mode='tensor').reshape(3, 2, 2, 16, 4, 15)
    for sample, feature in zip(samples, features):
        torch.testing.assert_close(sample.feature, feature.mean((0, 1, 3, 4)))
    assert model(inputs, mode='predict')[0].feature.shape == (16,)


def test_runner_interface():
    model = build()
    optim_wrapper = OptimWrapper(torch.optim.AdamW(model.parameters(), lr=1e-2))
    inputs = draw(4)
    data = dict(inputs=list(inputs), data_samples=draw_masks(inputs))
    losses = [float(model.train_step(data, optim_wrapper)['loss']) for _ in range(8)]
    assert losses[-1] < losses[0]
    assert model.test_step(data)[0].feature.shape == (16,)


def test_masked_autoencoder_baseline():
    model = build(masking=dict(type='RandomMasking', ratio=0.8), head=dict(target='joint'))
    loss, _ = loss_and_gradients(model, draw())
    assert loss.isfinite()


def test_joint_patches():
    model = build(backbone=dict(joint_patch=5))
    assert model.head.pred.out_features == 2 * 5 * 3
    assert loss_and_gradients(model, draw())[0].isfinite()


def test_checkpointing_gives_the_same_gradients():
    model, inputs = build(), draw()
    samples = draw_masks(inputs)
    loss, grads = loss_and_gradients(model, inputs, samples)
    model.backbone.with_cp = model.neck.with_cp = True
    other_loss, other_grads = loss_and_gradients(model, inputs, samples)
    torch.testing.assert_close(other_loss, loss)
    torch.testing.assert_close(other_grads, grads)


# ---- facts in one place --------------------------------------------------------------------------------------------


def test_explicit_facts_are_accepted_if_they_agree():
    model = build(
        neck=dict(in_channels=16, grid_size=[4, 15]), head=dict(in_channels=8, coordinates=3, patch_size=(2, 1))
    )
    assert model.neck.grid_size == (4, 15)


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(neck=dict(in_channels=32)), 'neck has in_channels=32, but it must be 16'),
        (dict(neck=dict(grid_size=(4, 25))), r'neck has grid_size=\(4, 25\), but it must be \(4, 15\)'),
        (dict(head=dict(in_channels=16)), 'head has in_channels=16, but it must be 8'),
    ],
)
def test_explicit_facts_that_disagree(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)


def test_a_config_can_be_built_twice():
    neck = dict(type='MotionDecoder', embed_dims=8, depth=1, num_heads=2)
    build(neck=neck)
    assert 'in_channels' not in neck


def test_backbones_that_cannot_leave_tokens_out():
    with pytest.raises(TypeError, match='STGCN does not'):
        MODELS.build(
            dict(
                type='MAMP',
                backbone=dict(type='STGCN', graph_cfg=dict(layout='coco'), base_channels=8, num_stages=2),
                masking=dict(type='RandomMasking'),
                neck=dict(type='MotionDecoder'),
                head=dict(type='MotionPredictionHead'),
            )
        )


# ---- masks that come with the samples ------------------------------------------------------------------------------


def test_given_masks_are_used():
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
def test_wrong_masks(mask, message):
    inputs = draw()
    samples = draw_masks(inputs)
    samples[1] = ActionDataSample() if mask is None else ActionDataSample(mask_ids_keep=mask)
    with pytest.raises(ValueError, match=message):
        build()(inputs, samples, mode='loss')


# ---- persons that are not there ------------------------------------------------------------------------------------


def test_absent_persons_are_trained_on_by_default():
    model, inputs = build(), draw()
    inputs[:, :, 1] = 0
    samples = draw_masks(inputs)
    whole = model(inputs, samples, 'loss')['loss']
    halves = []
    for person in range(2):
        masks = [ActionDataSample(mask_ids_keep=sample.mask_ids_keep[person : person + 1]) for sample in samples]
        halves.append(model(inputs[:, :, person : person + 1], masks, 'loss')['loss'])
    torch.testing.assert_close(whole, sum(halves) / 2)


def test_skipping_absent_persons_equals_leaving_them_out():
    model, inputs = build(skip_empty_persons=True), draw(3)
    inputs[1, 0, 1] = inputs[2, 0, 0] = 0
    samples = draw_masks(inputs)
    ours = loss_and_gradients(model, inputs, samples)
    present = inputs.flatten(0, 2)[[0, 1, 2, 5]].reshape(4, 1, 1, 8, 15, 3)
    masks = torch.cat([sample.mask_ids_keep for sample in samples])[[0, 1, 2, 5]]
    by_hand = [ActionDataSample(mask_ids_keep=mask[None]) for mask in masks]
    torch.testing.assert_close(ours, loss_and_gradients(build(), present, by_hand))


def test_skipping_changes_nothing_when_all_are_there():
    inputs = draw()
    samples = draw_masks(inputs)
    expected = loss_and_gradients(build(), inputs, samples)
    torch.testing.assert_close(loss_and_gradients(build(skip_empty_persons=True), inputs, samples), expected)


def test_a_person_who_stands_still_is_there():
    inputs = draw()
    inputs[:] = inputs[:, :, :, :1]
    samples = draw_masks(inputs)
    expected = loss_and_gradients(build(), inputs, samples)
    torch.testing.assert_close(loss_and_gradients(build(skip_empty_persons=True), inputs, samples), expected)


@pytest.mark.parametrize('with_masks', [True, False])
def test_a_batch_without_persons_teaches_nothing(with_masks):
    inputs = torch.zeros(2, 1, 2, 8, 15, 3)
    loss, grads = loss_and_gradients(build(skip_empty_persons=True), inputs, draw_masks(inputs) if with_masks else None)
    assert loss == 0
    assert not any(gradient.any() for gradient in grads.values())


def test_empty_sequences_and_single_patches_are_finite():
    loss, grads = loss_and_gradients(build(), torch.zeros(2, 1, 2, 8, 15, 3))
    assert loss.isfinite() and all(gradient.isfinite().all() for gradient in grads.values())
    loss, grads = loss_and_gradients(build(backbone=dict(num_frames=2)), draw(frames=2))
    assert loss > 0 and all(gradient.isfinite().all() for gradient in grads.values())


def test_a_frozen_encoder_under_an_empty_batch():
    model = build(backbone=dict(frozen_stages=2), skip_empty_persons=True)
    model(torch.zeros(1, 1, 1, 8, 15, 3), mode='loss')['loss'].backward()
    assert all((parameter.grad is not None) == parameter.requires_grad for parameter in model.parameters())


# ---- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
@pytest.mark.parametrize('mode', ['loss', 'predict', 'tensor'])
def test_bad_coordinates_name_the_sample(value, mode):
    model, inputs = build(), draw(3)
    inputs[1, 0, 1, 3, 7, 2] = value
    named = [ActionDataSample(metainfo=dict(frame_dir=f'S001C00{index}')) for index in range(3)]
    with pytest.raises(ValueError, match="sample 'S001C001' has coordinates that are NaN or infinite"):
        model(inputs, named, mode)
    with pytest.raises(ValueError, match='sample 1 of the batch has coordinates'):
        model(inputs, None, mode)


def test_wrong_calls():
    model = build()
    with pytest.raises(ValueError, match="mode must be 'loss', 'predict' or 'tensor', got 'train'"):
        model(draw(), mode='train')
    with pytest.raises(ValueError, match=r'inputs must be \(N, clips, M, T, V, C\), got \(1, 2, 8, 15, 3\)'):
        model(draw()[:, 0][:1], mode='loss')
    with pytest.raises(ValueError, match='built for 8 frames, got 6'):
        model(draw(frames=6), mode='loss')


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(masking=dict(type='RandomMasking', ratio=0.99)), 'none of 60 tokens visible'),
        (dict(masking=dict(type='RandomMasking', ratio=0.0)), 'no token is hidden'),
        (dict(head=dict(stride=8)), 'stride=8 leaves no motion'),
    ],
)
def test_settings_that_leave_nothing_to_learn(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)(draw(), mode='loss')
