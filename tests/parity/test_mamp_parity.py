"""Parity of MAMP with numbers recorded from the official release, and with a textbook implementation."""

from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from torch.nn import functional as F

import mamp_plugin  # noqa: F401
from mamp_plugin.engine.checkpoints.official_mamp import from_official
from mamp_plugin.masking import hidden_tokens, keep_lowest
from mamp_plugin.models.heads.motion_prediction_head import frame_motion

DATA = Path(__file__).parents[1] / 'data'
LAYOUTS = {25: 'nturgb+d', 20: 'kinect_v1', 17: 'coco'}


def rename(values):
    return {from_official(name): value for name, value in values.items()}


def difference(ours, theirs):
    theirs = torch.as_tensor(theirs)
    assert ours.shape == theirs.shape
    return float((ours - theirs).abs().max() / theirs.abs().max())


def build(arg):
    motion_aware = arg['tau'] > 0
    masking = dict(type='MotionAwareMasking', tau=float(arg['tau'])) if motion_aware else dict(type='RandomMasking')
    heads = int(arg['heads'])
    return MODELS.build(
        dict(
            type='MAMP',
            backbone=dict(
                type='SkeletonTransformer',
                layout=LAYOUTS[int(arg['V'])],
                num_frames=int(arg['T']),
                embed_dims=int(arg['dim']),
                depth=int(arg['depth']),
                num_heads=heads,
                temporal_patch=int(arg['u']),
            ),
            masking=dict(masking, ratio=float(arg['ratio'])),
            neck=dict(type='MotionDecoder', embed_dims=int(arg['ddim']), depth=int(arg['ddepth']), num_heads=heads),
            head=dict(type='MotionPredictionHead', stride=int(arg['stride']), normalize=bool(arg['norm'])),
        )
    )


class Case:
    """Recorded case with the model built for it."""

    def __init__(self, name):
        with np.load(DATA / f'mamp_{name}.npz') as record:
            self.record = dict(record)
        self.model = build(self.group('arg'))
        state = {key: torch.from_numpy(value) for key, value in self.group('state').items()}
        self.model.load_state_dict(rename(state), strict=True)
        # (N, C, T, V, M) as recorded becomes one clip of (N, clips, M, T, V, C)
        self.inputs = torch.from_numpy(self.record['x']).permute(0, 4, 2, 3, 1).unsqueeze(1).contiguous()
        self.patches = self.model.backbone.cut(self.inputs.flatten(0, 2))
        self.noise = torch.from_numpy(self.record['noise'])
        self.ids_keep = torch.from_numpy(self.record['ids_keep'])

    def group(self, name):
        return {key[len(name) + 1 :]: value for key, value in self.record.items() if key.startswith(f'{name}/')}


@pytest.fixture(scope='module', params=['a', 'b', 'c'])
def case(request):
    return Case(request.param)


def test_mask(case):
    ids_keep = case.model.masking(case.patches, case.noise)
    assert torch.equal(ids_keep, case.ids_keep)
    assert torch.equal(hidden_tokens(ids_keep, case.noise.size(1)).float(), torch.from_numpy(case.record['mask']))


def test_motion(case):
    head, sequences = case.model.head, case.inputs.flatten(0, 2)
    assert difference(frame_motion(sequences, head.stride), case.record['motion']) <= 1e-5
    head.normalize, asked = False, head.normalize
    try:
        assert difference(head.targets(sequences), case.record['motion_patches']) <= 1e-5
    finally:
        head.normalize = asked


def test_latent_and_prediction(case):
    with torch.no_grad():
        latent = case.model.backbone.encode(case.patches, case.ids_keep)
        prediction = case.model.head(case.model.neck(latent, case.ids_keep))
    assert difference(latent, case.record['latent']) <= 1e-5
    assert difference(prediction, case.record['pred']) <= 1e-5


def loss_with_noise(model, inputs, noise):
    with mock.patch.object(model.masking, 'forward', partial(model.masking.forward, uniform=noise)):
        return model(inputs, mode='loss')['loss']


def test_loss_and_gradients(case):
    case.model.zero_grad()
    loss = loss_with_noise(case.model, case.inputs, case.noise)
    loss.backward()
    assert difference(loss.detach(), case.record['loss']) <= 1e-5
    gradients = {name: parameter.grad for name, parameter in case.model.named_parameters()}
    recorded = rename(case.group('grad'))
    assert gradients.keys() == recorded.keys()
    for name, theirs in recorded.items():
        ours, theirs = gradients[name], torch.from_numpy(theirs)
        if name.endswith('qkv.bias'):  # the bias of the keys cancels in the softmax; its gradient is rounding errors
            ours, theirs = (torch.cat((bias.chunk(3)[0], bias.chunk(3)[2])) for bias in (ours, theirs))
        assert difference(ours, theirs) <= 1e-5, name


def test_reconstruct(case):
    """``reconstruct`` returns the recorded prediction, and targets and mask that give the recorded loss."""
    keep = case.ids_keep.unflatten(0, (len(case.inputs), -1))
    samples = [{'mask_ids_keep': ids} for ids in keep]
    prediction, target, hidden = case.model.reconstruct(case.inputs, samples)
    assert difference(prediction, case.record['pred']) <= 1e-5
    loss = (prediction - target).square().mean(-1)[hidden].mean()
    assert difference(loss, case.record['loss']) <= 1e-5


# ---- a hundred training steps against a textbook implementation ----------------------------------------------------


def textbook_block(x, state, prefix, heads):
    def norm(name, y):
        return F.layer_norm(y, y.shape[-1:], state[f'{prefix}{name}.weight'], state[f'{prefix}{name}.bias'], 1e-5)

    def linear(name, y):
        return y @ state[f'{prefix}{name}.weight'].t() + state[f'{prefix}{name}.bias']

    batch, length, dims = x.shape
    qkv = linear('attn.qkv', norm('norm1', x)).reshape(batch, length, 3, heads, dims // heads)
    query, key, value = (qkv[:, :, index].transpose(1, 2) for index in range(3))
    weights = (query @ key.transpose(2, 3) / (dims // heads) ** 0.5).softmax(dim=-1)
    x = x + linear('attn.proj', (weights @ value).transpose(1, 2).reshape(batch, length, dims))
    return x + linear('mlp.fc2', F.gelu(linear('mlp.fc1', norm('norm2', x))))


def textbook_mask(patches, noise, ratio, tau):
    """Rank tokens with a double argsort; ``patches`` are ``(B, T', V', values)``."""
    intensity = (patches[:, 1:] - patches[:, :-1]).abs().mean(-1)
    intensity = torch.cat((intensity[:, :1], intensity), dim=1).flatten(1)
    odds = torch.softmax(intensity / (intensity.max(1, keepdim=True).values * tau + 1e-10), dim=1)
    scores = odds.log() - torch.log(-torch.log(noise + 1e-10) + 1e-10)
    order = scores.argsort(dim=1)
    rank = order.argsort(dim=1)
    num_kept = int(noise.size(1) * (1 - ratio))
    return order[:, :num_kept], rank, (rank >= num_kept).float()


def textbook_patches(x, frames):
    batch, length, joints, channels = x.shape
    x = x.reshape(batch, length // frames, frames, joints, channels).permute(0, 1, 3, 2, 4)
    return x.reshape(batch, length // frames, joints, frames * channels)


def textbook_loss(state, x, noise, frames, heads, depths, ratio, tau):
    """Return the loss of sequences ``(B, T, V, C)``, computed step by step with the official parameter names."""
    keep, rank, mask = textbook_mask(textbook_patches(x, frames), noise, ratio, tau)
    tokens = F.conv2d(
        x.permute(0, 3, 1, 2), state['joints_embed.proj.weight'], state['joints_embed.proj.bias'], stride=(frames, 1)
    ).permute(0, 2, 3, 1)
    tokens = (tokens + state['temp_embed'] + state['pos_embed']).flatten(1, 2)
    tokens = tokens.gather(1, keep[..., None].expand(-1, -1, tokens.size(2)))
    for index in range(depths[0]):
        tokens = textbook_block(tokens, state, f'blocks.{index}.', heads)
    tokens = F.layer_norm(tokens, tokens.shape[-1:], state['norm.weight'], state['norm.bias'])
    tokens = tokens @ state['decoder_embed.weight'].t() + state['decoder_embed.bias']
    missing = state['mask_token'].expand(len(x), rank.size(1) - keep.size(1), -1)
    full = torch.cat((tokens, missing), dim=1).gather(1, rank[..., None].expand(-1, -1, tokens.size(2)))
    positions = (state['decoder_temp_embed'] + state['decoder_pos_embed']).flatten(1, 2)
    full = full + positions
    for index in range(depths[1]):
        full = textbook_block(full, state, f'decoder_blocks.{index}.', heads)
    full = F.layer_norm(full, full.shape[-1:], state['decoder_norm.weight'], state['decoder_norm.bias'])
    prediction = full @ state['decoder_pred.weight'].t() + state['decoder_pred.bias']
    motion = torch.cat((x[:, 1:] - x[:, :-1], torch.zeros_like(x[:, :1])), dim=1)
    target = textbook_patches(motion, frames).flatten(1, 2)
    target = (target - target.mean(-1, keepdim=True)) / (target.var(-1, keepdim=True) + 1e-6) ** 0.5
    return (((prediction - target) ** 2).mean(-1) * mask).sum() / mask.sum()


def train(parameters, loss_of, steps=100):
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05)
    losses = []
    for step in range(steps):
        loss = loss_of(step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def test_a_hundred_steps():
    """Our shortcuts (fused attention, visible tokens only, top-k) train like the textbook implementation."""
    model = Case('a').model
    state = {key: torch.from_numpy(value).requires_grad_() for key, value in Case('a').group('state').items()}
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(20, 1, 1, 2, 24, 25, 3, generator=generator).cumsum(dim=4) * 0.1
    noises = torch.rand(100, 2, 150, generator=generator)

    def textbook(step):
        x = inputs[step % 20].flatten(0, 2)
        return textbook_loss(state, x, noises[step], frames=4, heads=4, depths=(2, 2), ratio=0.9, tau=0.8)

    def plugin(step):
        return loss_with_noise(model, inputs[step % 20], noises[step])

    theirs, ours = train(state.values(), textbook), train(model.parameters(), plugin)
    assert theirs[-20:].mean() < 0.9 * theirs[:20].mean()
    assert np.abs(ours - theirs).max() <= 1e-4


def test_nine_tenths_of_750_tokens():
    assert keep_lowest(torch.rand(2, 750), 0.9).shape == (2, 74)
