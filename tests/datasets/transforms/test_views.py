"""MultiView against its pipelines applied one by one."""

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, pseudo_collate

from mamp_plugin.datasets.transforms import CropResizeFrames, MultiView, RandomShear3D, SkeletonStream
from mamp_plugin.datasets.transforms.augment import shear

CROP = dict(type='CropResizeFrames', window=16, proportion=(0.1, 1), min_frames=8)
SHEAR = dict(type='RandomShear3D')
CORRUPT_OR_SHEAR = dict(type='RandomChoice', transforms=[[dict(type='CorruptJoints')], [SHEAR]])
VIEWS = [[CROP, CORRUPT_OR_SHEAR], [CROP, CORRUPT_OR_SHEAR], [CROP, SHEAR]]


def sample(num_persons=2, num_frames=30, num_joints=25, dims=3):
    keypoint = np.random.RandomState(0).randn(num_persons, num_frames, num_joints, dims).astype(np.float32)
    return dict(keypoint=keypoint, total_frames=num_frames, label=3, frame_dir='S001', layout='nturgb+d')


def chain(*between, views=VIEWS, num_person=2):
    multi_view, form = dict(type='MultiView', views=views), dict(type='FormatGCNInput', num_person=num_person)
    return Compose([multi_view, *between, form])


@pytest.mark.parametrize('num_persons', [1, 2])
@pytest.mark.parametrize('stream', ['joint', 'bone', 'motion'])
def test_equals_its_pipelines(num_persons, stream):
    steps = [dict(type='SkeletonStream', stream=stream), dict(type='FormatGCNInput', num_person=2)]
    np.random.seed(1)
    expected = [Compose(view + steps)(sample(num_persons))['keypoint'] for view in VIEWS]
    np.random.seed(1)
    views = chain(steps[0])(sample(num_persons))['keypoint']
    assert views.shape == (3, 2, 16, 25, 3)
    np.testing.assert_array_equal(views, np.concatenate(expected))


def test_views_draw_independently_from_the_same_sample():
    before = sample()
    kept = before['keypoint'].copy()
    before['keypoint'].flags.writeable = False
    np.random.seed(4)
    shares = np.random.uniform(-1, 1, size=(2, 6))
    np.random.seed(4)
    after = MultiView([[RandomShear3D()], [], [RandomShear3D()]])(dict(before, num_clips=1))
    np.testing.assert_array_equal(before['keypoint'], kept)
    expected = [shear(kept, shares[0]), kept, shear(kept, shares[1])]
    np.testing.assert_array_equal(after['keypoint'], np.concatenate(expected, axis=1))
    assert (after['num_clips'], after['total_frames'], after['label']) == (3, 90, 3)


def test_follows_the_seed():
    def draw(seed):
        np.random.seed(seed)
        return chain()(sample())['keypoint']

    np.testing.assert_array_equal(draw(0), draw(0))
    assert not np.array_equal(draw(0), draw(1))


def test_either_corruption_or_shear():
    """Corruption leaves some joints unchanged, shear none."""
    pipeline = Compose([CORRUPT_OR_SHEAR])
    keypoint = sample()['keypoint']
    same = [(pipeline(sample())['keypoint'] == keypoint).all(axis=(0, 1, 3)).sum() for _ in range(60)]
    assert set(same) == {0, 10}
    assert 15 < same.count(0) < 45


def test_packed_and_collated():
    pipeline = Compose(
        [chain(), dict(type='MaskBodyParts', layout='nturgb+d', views=(2,)), dict(type='PackActionInputs')]
    )
    batch = pseudo_collate([pipeline(sample()) for _ in range(2)])
    assert [inputs.shape for inputs in batch['inputs']] == [(3, 2, 16, 25, 3)] * 2
    assert all(inputs.dtype == torch.float32 for inputs in batch['inputs'])
    assert batch['data_samples'][0].gt_label.tolist() == [3]


def test_the_mask_travels_with_the_sample():
    mask, pack = (
        dict(type='MaskBodyParts', layout='nturgb+d', views=(2,)),
        dict(type='PackActionInputs', algorithm_keys=('hidden_joints',)),
    )
    packed = Compose([chain(), mask, pack])(sample())
    hidden = packed['data_samples'].hidden_joints
    assert hidden.shape == (3, 2, 16, 25)
    assert hidden[2, 0].any() and not hidden[:2].any() and not hidden[2, 1].any()
    assert torch.equal((packed['inputs'][2] == 0).all(dim=-1), hidden[2])


def test_scores_go_with_their_view():
    scored = dict(sample(1, 20, 17, 2), keypoint_score=np.random.RandomState(0).rand(1, 20, 17).astype(np.float32))
    views = [[dict(CROP, proportion=(p,))] for p in (0.5, 1)]
    inputs = chain(views=views, num_person=1)(dict(scored))['keypoint']
    assert inputs.shape == (2, 1, 16, 17, 3)
    for view, proportion in zip(inputs, (0.5, 1)):
        alone = CropResizeFrames(16, (proportion,))(dict(scored))
        np.testing.assert_array_equal(view[..., :2], alone['keypoint'])
        np.testing.assert_array_equal(view[..., 2], alone['keypoint_score'])


def test_a_view_may_skip_a_sample():
    assert MultiView([[], [lambda results: None]])(sample()) is None


def test_bad_views_are_rejected():
    with pytest.raises(ValueError, match='views must hold one pipeline per view, got none'):
        MultiView([])
    shapes = r"views of sample 'S001' differ in shape: \(2, 30, 25, 3\), \(2, 16, 25, 3\); .* of the same window"
    with pytest.raises(ValueError, match=shapes):
        MultiView([[], [CROP]])(sample())
    with pytest.raises(ValueError, match='put MultiView before FormatGCNInput'):
        MultiView([[dict(type='FormatGCNInput')]])(sample())


def test_repr():
    transform = MultiView([[CropResizeFrames(8), RandomShear3D()], [SkeletonStream()]])
    assert repr(transform) == (
        'MultiView(views=[[CropResizeFrames(window=8, proportion=(0.5, 1), min_frames=64), RandomShear3D(amount=1.0)], '
        "[SkeletonStream(layout=None, stream='joint')]])"
    )
