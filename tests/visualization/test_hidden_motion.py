"""Mask and prediction of a sample in its own units, drawn without a change of state."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.visualization.hidden_motion import check_maskable, predict_hidden
from mamp_plugin.visualization.mask_figures import (
    mask_animation,
    mask_figure,
    prediction_animation,
    prediction_figure,
)

pytest.importorskip('matplotlib')
HEADS = [
    dict(target=target, normalize=normalize, stride=stride)
    for target, stride in (('motion', 1), ('motion', 2), ('joint', 1))
    for normalize in (True, 'sequence', False)
]


def build(neck='QueryDecoder', head=None, layout='nturgb+d', **kwargs):
    backbone = dict(type='SkeletonTransformer', layout=layout, num_frames=8, embed_dims=8, depth=1, num_heads=2)
    model = dict(
        type='MAMP',
        backbone=dict(backbone, temporal_patch=2, in_channels=3),
        masking=dict(type='MotionAwareMasking', ratio=0.75),
        neck=dict(type=neck, embed_dims=8, depth=1, num_heads=2),
        head=dict(type='MotionPredictionHead', **(head or {})),
    )
    model.update(kwargs)
    if model['type'] != 'MAMP':
        del model['head']
    return MODELS.build(model)


def clip(joints=25):
    """Two persons of whom the second moves more, and an absent one."""
    body = torch.randn(3, 1, joints, 3) + torch.randn(3, 8, joints, 3) * torch.tensor([0.1, 0.5, 0]).view(3, 1, 1, 1)
    body[2] = 0
    return body


def perfect(model, monkeypatch):
    """Let the model predict the targets."""
    real = model.reconstruct

    def reconstruct(inputs):
        _, targets, hidden = real(inputs)
        return targets, targets, hidden

    monkeypatch.setattr(model, 'reconstruct', reconstruct)


@pytest.mark.parametrize('head', HEADS, ids=str)
def test_perfect_predictions_give_the_true_sequence(head, monkeypatch):
    model, body = build(head=head), clip()
    perfect(model, monkeypatch)
    found = predict_hidden(model, body)
    np.testing.assert_allclose(found.predicted, found.true, atol=1e-5)
    np.testing.assert_allclose(found.predicted_poses(), body[[1, 0]], atol=1e-4)


@pytest.mark.parametrize('neck', ['QueryDecoder', 'MotionDecoder'])
def test_all_hidden_tokens_are_predicted_and_persons_sorted(neck):
    body = clip()
    found = predict_hidden(build(neck), body)
    assert found.hidden.shape == found.intensity.shape == (2, 4, 25) and found.hidden.mean() == 0.75
    assert found.true.shape == found.predicted.shape == (2, 8, 25, 3)
    np.testing.assert_array_equal(found.keypoint, body[[1, 0]])
    assert found.visible_joints.shape == (2, 8, 25) and found.visible_joints.mean() == pytest.approx(0.25)
    moved = found.predicted_poses()
    assert np.isfinite(moved).all() and (moved != found.keypoint).any()


def test_no_state_changes_and_the_seed_decides_the_mask():
    model, body = build().train(), clip()
    torch.manual_seed(5)
    state = torch.get_rng_state()
    one, again, other = (predict_hidden(model, body, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state) and model.training and model.backbone.training
    assert (one.hidden == again.hidden).all() and (one.predicted == again.predicted).all()
    assert (one.hidden != other.hidden).any()


def test_scores_are_neither_motion_nor_drawn():
    found = predict_hidden(build(layout='coco', coordinates=2), clip(17))
    assert found.keypoint.shape[-1] == 3 and found.predicted.shape[-1] == 2
    assert prediction_figure(found) is not None


@pytest.mark.parametrize('target', ['motion', 'joint'])
def test_figures(target):
    found = predict_hidden(build(head=dict(target=target)), clip())
    rows = {'motion': 2, 'joint': 3}[target]
    assert len(prediction_figure(found, num_frames=4).axes) == 4 * rows
    assert len(mask_figure(found, num_frames=4).axes) == 4 + 3
    figure, show, count = prediction_animation(found)
    assert [panel.get_title() for panel in figure.axes] == ['true', 'encoder sees', 'predicted'] and count == 8
    lines = figure.axes[2].collections[0]
    first = lines.get_segments()[0].copy()
    show(7)
    assert (lines.get_segments()[0] != first).any()
    assert len(mask_animation(found)[0].axes) == 2


def test_predicted_features_have_a_mask_only():
    model = build(type='MaskedFeaturePrediction')
    found = predict_hidden(model, clip())
    assert found.target == 'features' and found.hidden.any()
    mask_figure(found)
    with pytest.raises(ValueError, match='predicts features of a teacher'):
        prediction_figure(found)


def test_models_and_samples_without_mask_are_refused():
    with pytest.raises(TypeError, match='x.pth has a Linear, which masks no tokens'):
        check_maskable(torch.nn.Linear(1, 1), 'x.pth')
    with pytest.raises(ValueError, match='no person is present'):
        predict_hidden(build(), torch.zeros(2, 8, 25, 3))
