"""Pipelines of the transforms, and contracts that all of them keep."""

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose, pseudo_collate

import mamp_plugin  # noqa: F401  (registers the transforms)

CHAIN = [
    dict(type='RepairCoordinates'),
    dict(type='CenterSkeleton'),
    dict(type='CropResizeFrames', window=24, proportion=(0.5, 1), min_frames=10),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='SkeletonStream', stream='joint'),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='MotionAwareMask', ratio=0.9, tau=0.8, temporal_patch=4),
    dict(type='PackActionInputs', algorithm_keys=('mask_ids_keep',)),
]
SINGLE = [
    dict(type='RepairCoordinates'),
    dict(type='DropEmptyFrames'),
    dict(type='PadEmptyFrames'),
    dict(type='CenterSkeleton'),
    dict(type='CenterSkeleton', frame='every', align=True),
    dict(type='CenterSkeleton', frame='none', align=True),
    dict(type='CropResizeFrames', window=16),
    dict(type='CropResizeFrames', window=45, proportion=(1.0,)),
    dict(type='RandomRotate3D'),
    dict(type='RandomShear3D'),
    dict(type='CorruptJoints', zero_prob=0),
    dict(type='CorruptJoints', zero_prob=1),
    dict(type='MultiView', views=[[], []]),
    dict(type='SkeletonStream', stream='bone'),
    dict(type='SkeletonStream', stream='motion'),
    dict(type='SkeletonStream', stream='bone_motion'),
]


def sample(num_persons=2, num_frames=30, dtype=np.float32):
    keypoint = np.random.RandomState(0).randn(num_persons, num_frames, 25, 3).astype(dtype)
    keypoint[0, :2] = 0
    if num_persons > 1:
        keypoint[1, 10:] = 0
    return dict(keypoint=keypoint, total_frames=num_frames, label=3, frame_dir='S001', layout='nturgb+d')


@pytest.mark.parametrize('num_persons', [1, 2])
@pytest.mark.parametrize('num_frames', [1, 2, 30])
def test_chain(num_persons, num_frames):
    pipeline = Compose(CHAIN)
    np.random.seed(0)
    batch = pseudo_collate([pipeline(sample(num_persons, num_frames)) for _ in range(3)])
    assert [inputs.shape for inputs in batch['inputs']] == [(1, 2, 24, 25, 3)] * 3
    assert all(inputs.dtype == torch.float32 for inputs in batch['inputs'])
    for data_sample in batch['data_samples']:
        assert data_sample.gt_label.tolist() == [3]
        assert data_sample.mask_ids_keep.dtype == torch.int64
        assert data_sample.mask_ids_keep.shape == (2, 14)


def test_chain_follows_the_seed():
    pipeline = Compose(CHAIN)

    def draw(seed):
        np.random.seed(seed)
        packed = pipeline(sample())
        return packed['inputs'], packed['data_samples'].mask_ids_keep

    for first, again, other in zip(draw(1), draw(1), draw(2)):
        assert torch.equal(first, again)
        assert not torch.equal(first, other)


def test_chain_with_score():
    """The score of 2D skeletons becomes the third channel."""
    keypoint = np.random.RandomState(0).rand(1, 30, 17, 2).astype(np.float16)
    config = [dict(type='CenterSkeleton', layout='coco'), *CHAIN[2:3], *CHAIN[5:6], dict(type='PackActionInputs')]
    score = np.full((1, 30, 17), 0.5, np.float16)
    inputs = Compose(config)(dict(keypoint=keypoint, keypoint_score=score, label=0))['inputs']
    assert inputs.shape == (1, 2, 24, 17, 3)
    assert inputs.dtype == torch.float32
    assert torch.equal(inputs[0, 0, ..., 2], torch.full((24, 17), 0.5))


@pytest.mark.parametrize('config', SINGLE, ids=lambda config: ' '.join(map(str, config.values())))
def test_input_is_never_modified(config):
    transform = TRANSFORMS.build(config)
    before = sample()
    before['keypoint'][0, 5, 3] = np.nan if config['type'] == 'RepairCoordinates' else 0
    kept = before['keypoint'].copy()
    before['keypoint'].flags.writeable = False
    after = transform(dict(before))['keypoint']
    np.testing.assert_array_equal(before['keypoint'], kept)
    assert after.dtype == np.float32
    assert not np.array_equal(after, kept)


@pytest.mark.parametrize('config', SINGLE, ids=lambda config: ' '.join(map(str, config.values())))
def test_half_precision_and_fortran_order(config):
    """Precision and memory order of the file do not matter."""
    transform = TRANSFORMS.build(config)
    stored = sample(dtype=np.float16)
    plain = dict(stored, keypoint=stored['keypoint'].astype(np.float32))
    fortran = dict(stored, keypoint=np.asfortranarray(stored['keypoint']))
    np.random.seed(0)
    expected = transform(plain)['keypoint']
    np.random.seed(0)
    np.testing.assert_allclose(transform(fortran)['keypoint'], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize('config', SINGLE, ids=lambda config: ' '.join(map(str, config.values())))
def test_errors_name_the_sample(config):
    transform = TRANSFORMS.build(config)
    with pytest.raises(KeyError, match=f"{config['type']} needs 'keypoint', but sample 'S9' has only"):
        transform(dict(frame_dir='S9', inputs=0))
    with pytest.raises(ValueError, match=rf"sample 'S9' is \(3, 25, 3\); put {config['type']} before FormatGCNInput"):
        transform(dict(frame_dir='S9', keypoint=np.zeros((3, 25, 3), np.float32)))
    with pytest.raises(KeyError, match='the sample without frame_dir has only'):
        transform(dict())
