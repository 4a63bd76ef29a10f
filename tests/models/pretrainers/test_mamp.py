import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper

from mamp_plugin.skeletons import LAYOUTS

BACKBONE = dict(
    type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=2, num_heads=2, temporal_patch=2
)


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


def gradients(model):
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


def loss_and_gradients(model, inputs, samples=None):
    model.zero_grad()
    loss = model(inputs, samples, mode='loss')['loss']
    loss.backward()
    return loss.detach(), gradients(model)


@pytest.mark.parametrize('layout', list(LAYOUTS))
def test_every_layout(layout):
    layout = LAYOUTS[layout]
    model = build(backbone=dict(layout=layout.name, in_channels=layout.dims))
    inputs = draw(joints=layout.num_joints, channels=layout.dims)
    loss, grads = loss_and_gradients(model, inputs)
    assert loss.isfinite() and loss > 0
    assert all(gradient.any() for gradient in grads.values())


@pytest.mark.parametrize('normalize', [True, 'sequence'])
def test_scores_are_input_only(normalize):
    """With ``coordinates=2``, the third channel reaches the encoder, but neither the mask nor the targets."""
    backbone = dict(layout='coco', in_channels=3)
    model = build(backbone, head=dict(normalize=normalize), coordinates=2)
    plain = build(dict(backbone, in_channels=2), head=dict(normalize=normalize))
    sequences = draw(joints=17)[:, 0].flatten(0, 1)
    assert torch.equal(model.targets(sequences), plain.targets(sequences[..., :2]))
    assert model.head.pred.out_features == plain.head.pred.out_features == 2 * 2
    latents = []
    for score in (0, 1):
        scored = torch.cat([sequences[..., :2], torch.rand_like(sequences[..., :1]) * score], dim=-1)
        torch.manual_seed(1)
        latent, ids_keep = model._encode(scored, None)
        torch.manual_seed(1)
        assert torch.equal(ids_keep, plain.masking(plain.backbone.cut(sequences[..., :2])))
        latents.append(latent)
    assert not torch.allclose(*latents)


@pytest.mark.parametrize('coordinates', [0, 4])
def test_coordinates_are_channels(coordinates):
    with pytest.raises(ValueError, match=f'coordinates must lie between 1 and in_channels=3 .* got {coordinates}'):
        build(coordinates=coordinates)


def test_runner_interface():
    model = build()
    optim_wrapper = OptimWrapper(torch.optim.AdamW(model.parameters(), lr=1e-2))
    inputs = draw(4)
    masks = torch.rand(4, 2, 60).argsort(dim=2)[..., :12].contiguous()
    data = dict(inputs=list(inputs), data_samples=[ActionDataSample(mask_ids_keep=mask) for mask in masks])
    losses = [float(model.train_step(data, optim_wrapper)['loss'].detach()) for _ in range(8)]
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


def test_explicit_facts_are_accepted_if_they_agree():
    model = build(
        neck=dict(in_channels=16, grid_size=[4, 15]), head=dict(in_channels=8, coordinates=3, patch_size=(2, 1))
    )
    assert model.neck.grid_size == (4, 15)


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(neck=dict(grid_size=(4, 25))), r'neck has grid_size=\(4, 25\), but it must be \(4, 15\)'),
        (dict(head=dict(in_channels=16)), 'head has in_channels=16, but it must be 8'),
    ],
)
def test_explicit_facts_that_disagree(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)


def test_a_stride_that_leaves_no_motion():
    with pytest.raises(ValueError, match='stride=8 leaves no motion'):
        build(head=dict(stride=8))(draw(), mode='loss')
