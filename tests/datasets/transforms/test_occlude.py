"""Occluded joints and frames are zero, all others unchanged; with a seed, the same frames each time."""

import numpy as np
import pytest
from mmengine.dataset import Compose

from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.datasets.transforms import OccludeBodyParts, OccludeFrames
from mamp_plugin.skeletons import LAYOUTS, get_layout


def sample(layout='nturgb+d', num_frames=12, **kwargs):
    """Return two persons, the second of whom appears late, in a read-only array."""
    layout = get_layout(layout)
    keypoint = np.random.RandomState(0).rand(2, num_frames, layout.num_joints, layout.dims).astype(np.float32) + 1
    keypoint[1, : num_frames // 2] = 0
    keypoint.flags.writeable = False
    return dict(keypoint=keypoint, **kwargs)


@pytest.mark.parametrize('layout', list(LAYOUTS))
@pytest.mark.parametrize('parts', [['trunk'], ['left_arm', 'right_leg'], ['right_arm', 'trunk', 'left_leg']])
def test_parts_of_every_layout(layout, parts):
    given = sample(layout)
    before = given['keypoint']
    after = OccludeBodyParts(parts, layout)(given)['keypoint']
    for joint in range(get_layout(layout).num_joints):
        hidden = any(joint in get_layout(layout).parts[part] for part in parts)
        np.testing.assert_array_equal(after[:, :, joint], 0 if hidden else before[:, :, joint])
    assert not after[1, :6].any() and after.dtype == np.float32
    assert before[0].all()


def test_all_features_of_a_joint_are_occluded():
    """After ``GenSkeFeat``, a joint may have more features than coordinates."""
    keypoint = np.ones((1, 4, 17, 3), np.float32)
    hidden = OccludeBodyParts(['left_arm'], 'coco')(dict(keypoint=keypoint))['keypoint']
    assert not hidden[:, :, [5, 7, 9]].any() and hidden.sum() == 4 * 14 * 3


def test_scores_are_occluded_too():
    score = np.ones((2, 12, 17), np.float32)
    score.flags.writeable = False
    parts = OccludeBodyParts(['left_leg'], 'coco')(sample('coco', keypoint_score=score))
    assert not parts['keypoint_score'][:, :, [11, 13, 15]].any() and parts['keypoint_score'].sum() == 2 * 12 * 14
    frames = OccludeFrames(0.25)(sample('coco', keypoint_score=score))
    gone = ~frames['keypoint'][0].any(axis=(1, 2))
    assert gone.sum() == 3
    np.testing.assert_array_equal(frames['keypoint_score'], np.where(gone[:, None], 0, score))


@pytest.mark.parametrize('seed', [None, 3])
@pytest.mark.parametrize(('share', 'length'), [(0.25, 3), (0.5, 6), (0.75, 9), (0.3, 4)])
def test_a_stretch_of_frames(share, length, seed):
    given = sample(frame_dir='S1')
    before = given['keypoint']
    after = OccludeFrames(share, seed)(given)['keypoint']
    gone = np.flatnonzero(~after[0].any(axis=(1, 2)))
    np.testing.assert_array_equal(gone, np.arange(gone[0], gone[0] + length))
    kept = np.setdiff1d(np.arange(12), gone)
    np.testing.assert_array_equal(after[:, kept], before[:, kept])
    assert not after[:, gone].any() and after.dtype == np.float32


@pytest.mark.parametrize('seed', [None, 0])
def test_all_places_are_drawn(seed):
    places = [OccludeFrames(0.5, seed).draw(8, f'sample {index}') for index in range(400)]
    begins = np.bincount([begin for begin, _ in places])
    assert {length for _, length in places} == {4}
    assert len(begins) == 5 and begins.min() > 50


def test_without_seed_the_global_generator_draws():
    transform = OccludeFrames(0.25)
    np.random.seed(5)
    first = [transform.draw(100, 'S1') for _ in range(5)]
    np.random.seed(5)
    assert first == [transform.draw(100, 'S1') for _ in range(5)]
    assert len(set(first)) > 1


def test_with_seed_only_name_and_seed_matter():
    def places(names, seed=0):
        return {name: OccludeFrames(0.25, seed).draw(100, name) for name in names}

    names = [f'S{index}' for index in range(20)]
    np.random.seed(1)
    state = np.random.get_state()[1].copy()
    expected = places(names)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    assert places(reversed(names)) == expected
    assert len(set(expected.values())) > 10
    assert places(names, seed=1) != expected


def test_workers_and_order_do_not_matter():
    from torch.utils.data import DataLoader

    pipeline = [
        dict(type='CropResizeFrames', window=16, proportion=(1,)),
        dict(type='OccludeFrames', share=0.5, seed=0),
    ]
    data = SyntheticSkeletonDataset(pipeline, num_subjects=2, indices=12)

    def load(num_workers, order):
        loader = DataLoader(data, batch_size=None, sampler=order, num_workers=num_workers)
        return {item['frame_dir']: np.asarray(item['keypoint']) for item in loader}

    alone, together = load(0, range(12)), load(2, range(11, -1, -1))
    assert alone.keys() == together.keys()
    for name, keypoint in alone.items():
        np.testing.assert_array_equal(together[name], keypoint)


def test_clips_share_the_stretch():
    chain = [
        dict(type='UniformSampleFrames', clip_len=8, num_clips=3, test_mode=True),
        dict(type='PoseDecode'),
        dict(type='OccludeFrames', share=0.5, seed=0),
        dict(type='FormatGCNInput', num_person=2),
    ]
    clips = Compose(chain)(sample(num_frames=40, total_frames=40))['keypoint']
    assert clips.shape == (3, 2, 8, 25, 3)
    gone = ~clips[:, 0].any(axis=(2, 3))
    assert (gone.sum(axis=1) == 4).all() and (gone == gone[0]).all()


def test_bad_arguments_and_data_are_rejected():
    known = 'trunk, left_arm, right_arm, left_leg, right_leg'
    for parts in ('trunk', [], ['trunk', 'arm']):
        with pytest.raises(ValueError, match=f'parts must be a list of one or more of {known}, got'):
            OccludeBodyParts(parts)
    for share in (0, 1, -0.5, 75, float('nan')):
        with pytest.raises(ValueError, match='share must lie between 0 and 1, both excluded, got'):
            OccludeFrames(share)
    with pytest.raises(ValueError, match='seed must not be negative, got -1'):
        OccludeFrames(0.5, -1)
    for transform in (OccludeBodyParts(['trunk']), OccludeFrames(0.5)):
        with pytest.raises(ValueError, match=f'put {type(transform).__name__} before FormatGCNInput'):
            transform(dict(keypoint=sample()['keypoint'][None]))


def test_repr():
    assert repr(OccludeBodyParts(['trunk'], 'sbu')) == "OccludeBodyParts(parts=('trunk',), layout='sbu')"
    assert repr(OccludeFrames(0.25, seed=1)) == 'OccludeFrames(share=0.25, seed=1)'
