"""Checks and helpers that all pretraining methods share."""

import logging

import pytest
import torch
from mmaction.structures import ActionDataSample

from mamp_plugin.models.pretrainers.base import SkeletonPretrainer, fill_in, given_by_samples


class OnlyFeatures(SkeletonPretrainer):
    def loss(self, inputs, data_samples):
        return dict(loss=inputs.sum())


def build(layout='sbu', **kwargs):
    backbone = dict(
        type='SkeletonTransformer', layout=layout, num_frames=8, embed_dims=16, depth=1, num_heads=2, temporal_patch=2
    )
    return OnlyFeatures(backbone, **kwargs).eval()


def draw(samples=3, clips=2):
    return torch.randn(samples, clips, 2, 8, 15, 3)


def test_predict_sets_the_mean_feature_of_each_sample():
    model, inputs = build(), draw()
    samples = [ActionDataSample().set_gt_label(0) for _ in range(3)]
    assert model(inputs, samples, mode='predict') == samples
    features = model(inputs)
    assert features.shape == (6, 2, 16, 4, 15)
    for sample, feature in zip(samples, features.unflatten(0, (3, 2))):
        torch.testing.assert_close(sample.feature, feature.mean((0, 1, 3, 4)))
    assert model(inputs, mode='predict')[0].feature.shape == (16,)


@pytest.mark.parametrize(
    ('layout', 'joints', 'size', 'warned'), [('coco', 17, 500, True), ('coco', 17, 1, False), ('sbu', 15, 500, False)]
)
def test_pixels_are_warned_of_once(layout, joints, size, warned, monkeypatch):
    model = build(layout)
    logged = []
    monkeypatch.setattr('mamp_plugin.models.pretrainers.base.print_log', lambda *args: logged.append(args))
    inputs = size * torch.rand(3, 2, 2, 8, joints, 3)
    inputs[:, :, 1] = 0
    for _ in range(2):
        model(inputs, mode='loss')
    assert len(logged) == warned
    assert all('normalize them by the body' in text and level == logging.WARNING for text, _, level in logged)


def test_predict_with_a_readout():
    model, inputs = build(readout=dict(type='PartPool', segments=2)), draw()
    feature = model(inputs, mode='predict')[1].feature
    torch.testing.assert_close(feature, model.readout(model(inputs)).unflatten(0, (3, 2))[1].mean(dim=0))
    assert feature.shape == (2 * 5 * 16,)
    with pytest.raises(ValueError, match="readout has layout='coco', but it must be 'sbu'"):
        build(readout=dict(type='PartPool', layout='coco'))


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -1e30])
@pytest.mark.parametrize('mode', ['loss', 'predict', 'tensor'])
def test_bad_coordinates_name_the_sample(value, mode):
    model, inputs = build(), draw()
    inputs[1, 0, 1, 3, 7, 2] = value
    named = [ActionDataSample(metainfo=dict(frame_dir=f'S001C00{index}')) for index in range(3)]
    with pytest.raises(
        ValueError, match="sample 'S001C001' has coordinates that are NaN, infinite or beyond 1,000,000"
    ):
        model(inputs, named, mode)
    with pytest.raises(ValueError, match='sample 1 of the batch has coordinates'):
        model(inputs, None, mode)


def test_wrong_calls():
    model = build()
    with pytest.raises(ValueError, match="mode must be 'loss', 'predict' or 'tensor', got 'train'"):
        model(draw(), mode='train')
    with pytest.raises(ValueError, match=r'inputs must be \(N, clips, M, T, V, C\), got \(3, 2, 8, 15, 3\)'):
        model(draw()[:, 0], mode='loss')


class TestFillIn:
    def test_facts_are_added_to_a_new_config(self):
        cfg = dict(type='MotionDecoder')
        assert fill_in(cfg, 'neck', in_channels=8) == dict(type='MotionDecoder', in_channels=8)
        assert cfg == dict(type='MotionDecoder')

    def test_what_is_given_must_agree(self):
        assert fill_in(dict(grid_size=[4, 15]), 'neck', grid_size=(4, 15)) == dict(grid_size=(4, 15))
        with pytest.raises(ValueError, match=r'neck has grid_size=\[4, 25\], but it must be \(4, 15\) here; leave it'):
            fill_in(dict(grid_size=[4, 25]), 'neck', grid_size=(4, 15))
        with pytest.raises(ValueError, match="PCM3 has layout='coco', but it must be 'sbu' here; leave it out"):
            fill_in(dict(layout='coco'), 'PCM3', layout='sbu')


class TestGivenBySamples:
    def test_all_or_none(self):
        inputs = draw()
        fields = [torch.arange(2), torch.arange(2).numpy(), torch.arange(2)]
        given = given_by_samples([ActionDataSample(mask=field) for field in fields], 'mask', inputs)
        assert all(torch.equal(field, torch.arange(2)) for field in given)
        for nothing in (None, [], [None] * 3, [ActionDataSample()] * 3):
            assert given_by_samples(nothing, 'mask', inputs) is None
        with pytest.raises(ValueError, match='sample 1 has no mask, but other samples of its batch do; add it to all'):
            given_by_samples([ActionDataSample(mask=fields[0]), ActionDataSample()], 'mask', inputs)
