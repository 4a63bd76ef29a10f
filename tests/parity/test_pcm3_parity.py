"""Parity of PCM3 with numbers recorded from the official release."""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import DefaultScope

import mamp_plugin  # noqa: F401
from mamp_plugin.engine.checkpoints.official_pcm3 import from_official
from mamp_plugin.masking import MaskDraw
from mamp_plugin.models.layers import MixDraw, PromptOffsets, partners
from mamp_plugin.models.pretrainers.pcm3 import BRANCHES, PCM3Draws
from mamp_plugin.skeletons import get_layout

DATA = Path(__file__).parents[1] / 'data'
CASES = ('prompt_cut', 'prompt_resize', 'prompt_mixup', 'plain_cut')
RECORDED = dict(query='base', masked='masked', recons='recons', mix='mix')
# parameters that a batch norm cancels, so that their gradients are rounding errors
CANCELLED = ('mp_prompt', 'base_prompt', 'mask_prompt', 'recons_prompt', 'mix_prompt', 'linear.0.bias')


def difference(ours, theirs):
    """Return the largest difference, relative to the largest number."""
    ours, theirs = (torch.as_tensor(value).detach().double() for value in (ours, theirs))
    assert ours.shape == theirs.shape
    return float((ours - theirs).abs().max() / theirs.abs().max())


def regenerate(shapes, seed):
    """Return the weights of a case, generated from its seed as in the recording."""
    state = {}
    for index, (name, shape) in enumerate(shapes):
        random = np.random.RandomState(seed * 1000 + index)
        if name.endswith(('queue_ptr', 'num_batches_tracked')):
            state[name] = torch.zeros(shape, dtype=torch.long)
            continue
        if name.endswith('running_var'):
            value = 1 + 0.2 * random.random_sample(shape)
        else:
            value = random.standard_normal(shape)
            if name == 'queue':
                value /= np.linalg.norm(value, axis=0)
            elif name.endswith('running_mean'):
                value *= 0.1
            elif name.endswith('input_norm.weight') or name == 'linear.1.weight':
                value = 1 + 0.1 * value
            else:
                value *= 0.03
        state[name] = torch.from_numpy(np.asarray(value, dtype=np.float32))
    return state


@lru_cache(maxsize=None)
def load(name):
    with np.load(DATA / f'pcm3_{name}.npz') as record:
        return dict(record)


def as_views(record, *keys):
    """Convert recorded views from ``(N, C, T, V, M)`` to ``(N, M, T, V, C)``."""
    views = [torch.from_numpy(record[key]).permute(0, 4, 2, 3, 1).contiguous() for key in keys]
    return views[0] if len(views) == 1 else torch.stack(views, dim=1)


def part_names(parts):
    """Return our names of recorded body parts by their joints; the official code swaps left and right."""
    names = {frozenset(joints): name for name, joints in get_layout('nturgb+d').parts.items()}
    return tuple(names[frozenset(joints)] for joints in parts)


def recorded_draws(record):
    draws = json.loads(str(record['draws_json']))
    step = [draw[-1] for draw in draws['step']]
    with_prompts = str(record['variant']) == 'prompt'
    offsets = [step.pop(0)] if with_prompts else []
    _, parts, span, start, chance = step[:5]
    mix = MixDraw(
        mode='cut' if chance > 0.5 else 'resize' if chance > 0.25 else 'mixup',
        shift=draws['shift'][0],
        parts=part_names(parts),
        span=span,
        start=start,
        share=step[5] if chance <= 0.25 else None,
    )
    if with_prompts:
        offsets += step[-5:]
    return PCM3Draws(MaskDraw(tuple(part_names(parts) for _, _, parts in draws['mask'])), mix, PromptOffsets(*offsets))


def build(record):
    with_prompts = str(record['variant']) == 'prompt'
    model = MODELS.build(
        dict(
            type='PCM3',
            backbone=dict(type='SkeletonGRU', layout='nturgb+d'),
            queue_size=int(record['K']),
            prompts=with_prompts,
        )
    )
    state = regenerate(json.loads(str(record['state_json'])), int(record['seed']))
    state = {from_official(name): value for name, value in state.items() if with_prompts or 'prompt' not in name}
    model.load_state_dict(state, strict=True)
    return model


class Step:
    """Recorded step, repeated: forward, backward and queue update, without the optimizer."""

    def __init__(self, name):
        self.record = load(name)
        self.model = build(self.record)
        self.views = as_views(self.record, 'view/1', 'view/2', 'view/3')
        self.queue = self.model.queue()
        self.branches = self.model.encode(self.views, recorded_draws(self.record))
        self.losses = self.model.compare(self.branches, self.views[:, 2])
        self.total, _ = self.model.parse_losses(self.losses)
        self.model.queue.push(self.branches.keys)
        self.total.backward()


# test_mix covers all modes of mixing; the rest of the step does not depend on the mode
@pytest.fixture(
    scope='module',
    params=[
        'prompt_cut',
        'plain_cut',
        *(pytest.param(f'prompt_{mode}', marks=pytest.mark.slow) for mode in ('resize', 'mixup')),
    ],
)
def step(request):
    with DefaultScope.overwrite_default_scope('mmaction'):
        return Step(request.param)


@pytest.mark.parametrize('name', CASES)
def test_mask(name):
    record = load(name)
    hidden = MODELS.build(dict(type='BodyPartMasking', layout='nturgb+d'))(recorded_draws(record).mask, 64, 2)
    recorded = torch.from_numpy(record['mask']).permute(0, 2, 1, 3, 4) == 0
    assert torch.equal(hidden[None, ..., None].expand_as(recorded), recorded)


@pytest.mark.parametrize('name', CASES)
def test_mix(name):
    record = load(name)
    draw = recorded_draws(record).mix
    mixed, share = MODELS.build(dict(type='ViewMixing', layout='nturgb+d'))(as_views(record, 'view/1'), draw)
    assert difference(mixed, as_views(record, 'mixed/view')) <= 1e-6
    assert difference(share, record['mixed/mask'].mean()) <= 1e-6
    assert torch.equal(partners(torch.arange(4), draw.shift), torch.from_numpy(record['mixed/randidx']))


def test_reconstruction(step):
    assert difference(step.branches.reconstruction, as_views(step.record, 'recon')) <= 1e-4


def test_logits_and_losses(step):
    branches, record, head = step.branches, step.record, step.model.head
    keys = torch.stack([branches.keys] * 3 + [branches.mixed_keys])
    logits, _ = head.compare(branches.queries, keys, step.queue)
    for branch, ours in zip(BRANCHES, logits):
        assert difference(ours, record[f'logits_{RECORDED[branch]}']) <= 1e-4
        assert difference(step.losses[f'loss_{branch}'], record[f'loss/{RECORDED[branch]}']) <= 1e-4
    distillation = head.loss(branches.queries, keys, step.queue).distillations.sum()
    assert difference(distillation, record['loss/sim']) <= 1e-4
    assert difference(step.losses['loss_reconstruction'], 40 * record['loss/rec']) <= 1e-4
    assert difference(step.total, record['loss/total']) <= 1e-4


def test_gradients(step):
    recorded = json.loads(str(step.record['grad_norm_json']))
    gradients = {name: parameter.grad for name, parameter in step.model.named_parameters() if parameter.requires_grad}
    assert {from_official(name) for name in recorded} == set(gradients)
    for name, theirs in recorded.items():
        ours = gradients[from_official(name)].double().norm()
        assert ours <= 1e-5 if name in CANCELLED else difference(ours, theirs) <= 1e-4, name


def test_state_after_the_step(step):
    state = step.model.state_dict()
    recorded = [key for key in step.record if key.startswith('after/') and not key.endswith('json')]
    assert len(recorded) == 6
    for key in recorded:
        assert difference(state[from_official(key[len('after/') :])], step.record[key]) <= 1e-4, key
    for name, theirs in json.loads(str(step.record['after/encoder_k_norm_json'])).items():
        ours = state[from_official(f'encoder_k.{name}')].double().norm()
        assert difference(ours, theirs) <= 1e-6, name


def test_features(step):
    """Features of the encoder after the step, in eval mode, without prompts."""
    model, view = step.model.eval(), step.views[:, :1]
    with torch.no_grad():
        features = model(view)[:, 0, :, ::9, 0].transpose(1, 2)
        samples = model(view, mode='predict')
    model.train()
    assert difference(features, step.record['eval/sequence_features']) <= 1e-5
    assert difference(torch.stack([sample.feature for sample in samples]), step.record['eval/last_feature']) <= 1e-5
