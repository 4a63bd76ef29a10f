"""Chains of synthetic actions: the same for everyone who asks, and labelled where something happens."""

import numpy as np
import pytest
from mmaction.registry import DATASETS

from mamp_plugin.datasets import SyntheticUntrimmedDataset
from mamp_plugin.datasets.synthetic.actions import ACTIONS, CLASSES
from mamp_plugin.datasets.synthetic.body import JOINTS
from mamp_plugin.datasets.synthetic.chain import NUM_ACTIONS, perform_chain
from mamp_plugin.datasets.synthetic.performance import Subject
from mamp_plugin.datasets.synthetic_dataset import SPLITS
from mamp_plugin.skeletons import get_layout

TWO_PERSONS = [label for label, action in enumerate(ACTIONS) if action.reach]


def dataset(**kwargs):
    return SyntheticUntrimmedDataset(**{'pipeline': [], 'window': 64, 'stride': 32, 'num_subjects': 2, **kwargs})


def chains(count=12):
    rngs = [np.random.default_rng(seed) for seed in range(count)]
    return [perform_chain(rng, Subject.draw(rng)) for rng in rngs]


# ---- what is acted -------------------------------------------------------------------------------------------------


def test_segments_are_in_order_and_apart():
    for _, stretches, segments in chains():
        assert NUM_ACTIONS[0] <= len(segments) <= NUM_ACTIONS[1]
        assert (segments[:, 1] < segments[:, 2]).all() and (segments[:-1, 2] < segments[1:, 1]).all()
        performances = stretches[::2]
        assert [stretch.start for stretch in stretches[1:]] == [stretch.end for stretch in stretches[:-1]]
        for (label, start, end), stretch in zip(segments, performances):
            assert stretch.start < start and end <= stretch.end
            assert stretch.persons == 1 + (label in TWO_PERSONS)
        assert all(stretch.persons == 1 for stretch in stretches[1::2])


def test_nobody_sits_down_twice_or_rises_without_a_label():
    sit, stand = CLASSES.index('sit_down'), CLASSES.index('stand_up')
    labels = [segments[:, 0].tolist() for _, _, segments in chains(60)]
    following = [pair for one in labels for pair in zip(one, one[1:])]
    assert all(one[0] != stand for one in labels)
    assert all((before == sit) == (after == stand) for before, after in following)
    assert any(before == after for before, after in following)
    assert set(np.concatenate(labels)) == set(range(len(ACTIONS)))


def test_movement_is_smooth_and_strongest_within_segments():
    hands = [JOINTS.index(f'{side}_{joint}') for side in ('left', 'right') for joint in ('hand', 'knee')]
    inside, outside = [], []
    for bodies, stretches, segments in chains():
        steps = np.linalg.norm(np.diff(bodies[0], axis=2), axis=0)
        moves = np.linalg.norm(np.diff(bodies[0][:, hands] - bodies[0][:, :1], axis=2), axis=0).mean(axis=0)
        acting = np.zeros(stretches[-1].end - 1, dtype=bool)
        for _, start, end in segments:
            acting[start : end - 1] = True
        assert steps[:, ~acting].max() < 0.2  # the parts of a chain hang together
        inside.append(moves[acting].mean())
        outside.append(moves[~acting].mean())
    assert np.mean(inside) > 2 * np.mean(outside)


def test_bones_keep_their_lengths():
    elbow, wrist = JOINTS.index('left_elbow'), JOINTS.index('left_wrist')
    for bodies, stretches, _ in chains(4):
        for start, end, persons in stretches:
            lengths = np.linalg.norm(
                bodies[:persons, :, elbow, start:end] - bodies[:persons, :, wrist, start:end], axis=1
            )
            assert (np.ptp(lengths, axis=1) < 1e-4).all() and (lengths > 0.15).all()


def test_two_persons_face_each_other_within_reach():
    sides = [JOINTS.index(f'{side}_shoulder') for side in ('left', 'right')]
    found = 0
    for bodies, stretches, _ in chains(30):
        for start, _, persons in stretches:
            if persons == 1:
                continue
            (left, right), hips = bodies[:, ::2, sides, start].transpose(2, 0, 1), bodies[:, ::2, 0, start]
            across = left - right
            ahead = np.stack((-across[:, 1], across[:, 0]), axis=1)  # to the left, turned by a quarter
            towards = hips[::-1] - hips
            assert 0.5 < np.linalg.norm(towards[0]) < 1.6
            cosine = (ahead * towards).sum(axis=1) / np.linalg.norm(ahead, axis=1) / np.linalg.norm(towards, axis=1)
            assert (cosine > 0.8).all()
            found += 1
    assert found > 10


# ---- the data set --------------------------------------------------------------------------------------------------


def test_is_registered_and_names_its_classes():
    config = dict(type='SyntheticUntrimmedDataset', pipeline=[], num_subjects=1, window=24, stride=12)
    built = DATASETS.build(config)
    assert built.metainfo == dict(classes=CLASSES, num_classes=16)


def test_depends_on_seed_and_name_alone():
    few, many = dataset(), dataset(num_subjects=3, split='xsub_val', num_repetitions=2)
    by_name = {video['frame_dir']: video for video in few.videos}
    same = [video for video in many.videos if video['frame_dir'] in by_name]
    assert len(same) == 3
    for video in same:
        np.testing.assert_array_equal(video['keypoint'], by_name[video['frame_dir']]['keypoint'])
        np.testing.assert_array_equal(video['segments'], by_name[video['frame_dir']]['segments'])
    other = dataset(seed=1).videos[0]
    assert not np.array_equal(other['segments'], few.videos[0]['segments'])


def test_splits_are_disjoint_and_complete():
    def names(split=None):
        return {take.name for take in data.takes(split)}

    data = dataset(num_subjects=5, indices=1)
    assert len(names()) == 15
    for kind, place in (('xsub', slice(8, 12)), ('xview', slice(4, 8))):
        train, val = names(f'{kind}_train'), names(f'{kind}_val')
        assert train | val == names()
        assert not {name[place] for name in train} & {name[place] for name in val}


@pytest.mark.parametrize('name', ['nturgb+d', 'kinect_v1', 'sbu', 'coco', 'openpose'])
def test_every_layout(name):
    layout = get_layout(name)
    data = dataset(layout=name, num_subjects=1)
    for video in data.videos:
        keypoint = video['keypoint']
        assert keypoint.shape == (2, video['total_frames'], layout.num_joints, layout.dims)
        assert keypoint.dtype == np.float32 and np.isfinite(keypoint).all()
        first, second = keypoint.any(axis=(2, 3))
        assert first.mean() > 0.9
        together = np.isin(video['frame_labels'], TWO_PERSONS)
        assert second[together & first].all() and second.mean() < 0.7
        if layout.dims == 2:
            assert video['keypoint_score'].shape == keypoint.shape[:3]
            assert video['img_shape'] == (1080, 1920)
        else:
            assert 1.5 < np.median(keypoint[0][first][..., 2]) < 4.5
    assert 0.2 < np.mean([(video['frame_labels'] < 16).mean() for video in data.videos]) < 0.6


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (dict(split='xset_train'), list(SPLITS)),
        (dict(num_subjects=0), ['num_subjects', '0']),
        (dict(num_subjects=1, split='xsub_val'), ['xsub_val', 'two subjects']),
        (dict(stride=65), ['stride', 'window=64', '65']),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError) as caught:
        dataset(**arguments)
    for word in words:
        assert word in str(caught.value)
