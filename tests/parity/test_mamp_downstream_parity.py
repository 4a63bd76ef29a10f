"""Parity of MAMP's linear and fine-tuned classifiers with numbers recorded from the official release."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import build_optim_wrapper
from torch.nn import functional as F

from mamp_plugin.engine.checkpoints.official_mamp import from_official

DATA = Path(__file__).parents[1] / 'data'
HEADS = dict(
    linprobe=dict(type='LinearProbeHead'),
    finetune=dict(type='JointMLPHead', layout='nturgb+d', dropout=0),
)
#: Parameters in front of a batch norm, which cancels any shift: their gradients are rounding errors.
ROUNDING = ('backbone.norm.weight', 'backbone.norm.bias', 'cls_head.fc1.bias')


def difference(ours, theirs):
    theirs = torch.as_tensor(theirs)
    assert ours.shape == theirs.shape
    return float((ours.detach() - theirs).abs().max() / theirs.abs().max())


def build(head):
    return MODELS.build(
        dict(
            type='RecognizerGCN',
            backbone=dict(
                type='SkeletonTransformer', layout='nturgb+d', num_frames=24, embed_dims=16, depth=2, num_heads=4,
                temporal_patch=4,
            ),
            cls_head=dict(head, num_classes=6, in_channels=16),
        )
    )  # fmt: skip


def first_weights(record):
    """Return weights of the first layer that act on the recorded batch as those of the release.

    A batch of four samples sees only a part of rank 8 of the 2048 x 400 weights, in forward and backward pass. The
    record holds this part as two factors, because the whole matrix would take 3 MB.
    """
    return torch.from_numpy(record['fc1_factors/left'] @ record['fc1_factors/right']).float()


class Case:
    """Recorded classifier, and the outputs of our model on the recorded batch."""

    def __init__(self, name):
        with np.load(DATA / 'mamp_downstream.npz') as record:
            self.record = {key[len(name) + 1 :]: record[key] for key in record if key.startswith(f'{name}/')}
        self.model = build(HEADS[name])
        state = {name: torch.from_numpy(value) for name, value in self.group('state').items()}
        if name == 'finetune':
            state['cls_head.fc1.weight'] = first_weights(self.record)
        self.model.load_state_dict(state, strict=True)
        self.moved = {name: value.clone() for name, value in self.model.named_buffers()}
        for name, buffer in self.model.named_buffers():  # recorded after the pass; these are the initial values
            buffer.fill_(1 if name.endswith('running_var') else 0)
        # (N, C, T, V, M) as recorded becomes one clip of (N, clips, M, T, V, C)
        self.inputs = torch.from_numpy(self.record['x']).permute(0, 4, 2, 3, 1).unsqueeze(1).contiguous()
        self.labels = torch.from_numpy(self.record['label'])
        samples = [ActionDataSample().set_gt_label(label) for label in self.labels]
        self.model.train()
        features = self.model(self.inputs)
        self.train_logits = self.model.cls_head(features)
        self.loss = self.model.cls_head.loss_by_feat(self.train_logits, samples)['loss_cls']
        self.loss.backward()
        with torch.no_grad():
            predictions = self.model.eval()(self.inputs, samples, mode='predict')
        self.eval_logits = torch.stack([sample.pred_score for sample in predictions])

    def group(self, name):
        group = {key[len(name) + 1 :]: value for key, value in self.record.items() if key.startswith(f'{name}/')}
        return {from_official(key): value for key, value in group.items()}


@pytest.fixture(params=list(HEADS))
def case(request):
    return Case(request.param)


def test_logits_and_loss_in_training(case):
    assert difference(case.train_logits, case.record['train_logits']) <= 2e-5
    expected = F.cross_entropy(torch.from_numpy(case.record['train_logits']), case.labels)
    assert difference(case.loss, expected) <= 2e-5


def test_statistics_and_logits_afterwards(case):
    for name, buffer in case.model.named_buffers():
        torch.testing.assert_close(buffer, case.moved[name], rtol=1e-5, atol=1e-6)
    assert difference(case.eval_logits, case.record['eval_logits_after_one_train_pass']) <= 2e-5


def test_gradients(case):
    recorded = case.group('grad_norm')
    gradients = {name: parameter.grad for name, parameter in case.model.named_parameters()}
    assert gradients.keys() == recorded.keys()
    for name, norm in recorded.items():
        if name not in ROUNDING:
            assert float(gradients[name].norm()) == pytest.approx(float(norm), rel=2e-4), name


def test_parameter_groups():
    with np.load(DATA / 'mamp_downstream.npz') as record:
        recorded = json.loads(str(record['finetune/param_groups_json']))
    expected = {from_official(name): tuple(values) for name, values in recorded.items()}
    model = build(HEADS['finetune'])
    wrapper = build_optim_wrapper(
        model,
        dict(
            constructor='LayerDecayOptimWrapperConstructor',
            optimizer=dict(type='AdamW', lr=3e-4, weight_decay=0.05),
            paramwise_cfg=dict(layer_decay=0.8),
        ),
    )
    names = {parameter: name for name, parameter in model.named_parameters()}
    groups = wrapper.optimizer.param_groups
    found = {names[one]: (group['lr'] / 3e-4, group['weight_decay']) for group in groups for one in group['params']}
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, rel=1e-9), name
    assert len(groups) == 8  # with and without weight decay, for each of four depths
