"""Feature extraction with pretrainers and recognizers."""

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from mamp_plugin.apis import build_pretrainer, clip_features, extract_features

PIPELINE = [
    dict(type='CropResizeFrames', window=8, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
DATA = dict(type='SyntheticSkeletonDataset', layout='sbu', num_subjects=1, indices=10, pipeline=PIPELINE)
BACKBONE = dict(
    type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=1, num_heads=2, temporal_patch=4
)
MAMP = dict(
    type='MAMP',
    backbone=BACKBONE,
    masking=dict(type='RandomMasking', ratio=0.5),
    neck=dict(type='MotionDecoder', embed_dims=16, depth=1, num_heads=2),
    head=dict(type='MotionPredictionHead'),
)
LOADER = dict(dataset=DATA, batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False))


def test_pretrainers_are_reproducible_and_load_checkpoints(tmp_path):
    first, second = (build_pretrainer(Config(dict(model=MAMP))) for _ in range(2))
    assert not first.training
    assert all(torch.equal(one, two) for one, two in zip(first.parameters(), second.parameters()))
    state = {name: value + 1 for name, value in first.state_dict().items()}
    torch.save(dict(state_dict=state), tmp_path / 'a.pth')
    loaded = build_pretrainer(Config(dict(model=MAMP)), str(tmp_path / 'a.pth'))
    assert all(torch.equal(value, state[name]) for name, value in loaded.state_dict().items())


def test_features_of_a_pretrainer_and_a_recognizer_are_the_mean_tokens():
    pretrainer = build_pretrainer(Config(dict(model=MAMP)))
    dataset = DATASETS.build(DATA)
    inputs = torch.stack([dataset[index]['inputs'][0] for index in range(10)])
    with torch.no_grad():
        expected = pretrainer.backbone(inputs).mean(dim=(1, 3, 4))
    features, labels = extract_features(pretrainer, DATA, batch_size=3)
    torch.testing.assert_close(features, expected)
    assert labels.tolist() == [dataset[index]['data_samples'].gt_label.item() for index in range(10)]

    head = dict(type='LinearProbeHead', num_classes=16, in_channels=16)
    recognizer = MODELS.build(dict(type='RecognizerGCN', backbone=BACKBONE, cls_head=head)).train()
    recognizer.backbone.load_state_dict(pretrainer.backbone.state_dict())
    by_clip, same_labels = clip_features(recognizer, Runner.build_dataloader(LOADER))
    torch.testing.assert_close(by_clip, expected[:, None])
    assert torch.equal(same_labels, labels) and recognizer.training


def test_recognizers_predict_no_features():
    head = dict(type='LinearProbeHead', num_classes=16, in_channels=16)
    recognizer = MODELS.build(dict(type='RecognizerGCN', backbone=BACKBONE, cls_head=head))
    with pytest.raises(ValueError, match='RecognizerGCN predicts no features; give the config of a pretraining run'):
        extract_features(recognizer, DATA)
