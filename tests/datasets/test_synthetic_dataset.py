"""SyntheticSkeletonDataset: reproducible, plausible and not trivial sequences."""

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS
from torch.utils.data import DataLoader

from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.datasets.synthetic import sensor
from mamp_plugin.datasets.synthetic.actions import ACTIONS, CLASSES
from mamp_plugin.datasets.synthetic_dataset import SPLITS
from mamp_plugin.datasets.transforms import CenterSkeleton, CropResizeFrames
from mamp_plugin.models import MotionPredictionHead
from mamp_plugin.skeletons import LAYOUTS, get_layout

TWO_PERSONS = [label for label, action in enumerate(ACTIONS) if action.reach]


def dataset(**kwargs):
    kwargs.setdefault('num_subjects', 2)
    return SyntheticSkeletonDataset(**{'pipeline': [], **kwargs})


def without_noise(disturb):
    """Return a sensor that draws the same random numbers and leaves the coordinates alone."""

    def silent(rng, keypoint):
        return disturb(rng, keypoint.copy())

    return silent


def same(left, right):
    assert left.keys() == right.keys()
    for key in left:
        np.testing.assert_array_equal(left[key], right[key], err_msg=key)
        assert type(left[key]) is type(right[key])


def test_is_registered_and_names_its_classes():
    built = DATASETS.build(dict(type='SyntheticSkeletonDataset', pipeline=[], num_subjects=1))
    assert built.metainfo == dict(classes=CLASSES, layout='nturgb+d')
    assert len(CLASSES) == len(set(CLASSES)) == 16


def test_only_seed_and_name_matter():
    first, again = dataset(), dataset(serialize_data=False)
    backwards = {index: again[index] for index in reversed(range(0, len(again), 7))}
    for index, sample in backwards.items():
        same(first[index], sample)
    by_name = {first[index]['frame_dir']: first[index] for index in range(0, len(first), 5)}
    part = dataset(split='xsub_val', num_subjects=5)
    for index in range(len(part)):
        sample = part[index]
        if sample['frame_dir'] in by_name:
            np.testing.assert_array_equal(sample['keypoint'], by_name[sample['frame_dir']]['keypoint'])
    assert not np.array_equal(dataset(seed=1)[0]['keypoint'][:, :40], first[0]['keypoint'][:, :40])


def test_global_generator_is_neither_used_nor_changed():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    one = dataset()[4]
    np.testing.assert_array_equal(before, np.random.get_state()[1])
    np.random.seed(4)
    same(one, dataset()[4])


def test_workers_give_the_same():
    data = dataset(indices=8)
    loader = DataLoader(data, batch_size=None, num_workers=2, collate_fn=lambda sample: sample)
    for index, sample in enumerate(loader):
        same(sample, data[index])


#: Layouts with fingers, which the synthetic body lacks.
WITH_FINGERS = ('coco_wholebody', 'coco_wholebody_hands')


@pytest.mark.parametrize('name', WITH_FINGERS)
def test_layouts_with_fingers_are_refused(name):
    with pytest.raises(
        ValueError, match='the synthetic body lacks .* joints of the layout, such as .*; choose a layout'
    ):
        dataset(layout=name)


@pytest.mark.parametrize('name', [name for name in LAYOUTS if name not in WITH_FINGERS])
def test_every_layout(name):
    layout = get_layout(name)
    data = dataset(layout=name)
    for index in range(0, 96, 13):
        sample = data[index]
        keypoint = sample['keypoint']
        assert keypoint.shape == (2, sample['total_frames'], layout.num_joints, layout.dims)
        assert keypoint.dtype == np.float32
        assert np.isfinite(keypoint).all()
        present = np.abs(keypoint).sum((2, 3)) > 0
        if layout.dims == 2:
            score = sample['keypoint_score']
            assert score.shape == keypoint.shape[:3] and score.dtype == np.float32
            assert score.max() <= 1 and (score[present] > 0).all() and not score[~present].any()
            assert sample['img_shape'] == sample['original_shape'] == (1080, 1920)
        else:
            assert 'keypoint_score' not in sample
            depth = np.median(keypoint[present][..., 2])
            assert 2 < depth < 4


def test_layouts_show_the_same_movement():
    full, small = dataset(layout='nturgb+d'), dataset(layout='kinect_v1')
    ankle = [get_layout(name).joints.index('left_ankle') for name in ('nturgb+d', 'kinect_v1')]
    left, right = (data[3]['keypoint'][0][:, joint] for data, joint in zip((full, small), ankle))
    assert left.shape == right.shape
    # noise and dropouts differ, trajectories do not
    assert np.median(np.abs(left - right)) < 0.03


def test_bodies_stand_upright_and_keep_their_bones():
    layout = get_layout('nturgb+d')
    child, parent = np.array(layout.bones).T
    data = dataset()
    for index in range(16):
        keypoint = data[index]['keypoint'][0]
        keypoint = keypoint[np.abs(keypoint).sum((1, 2)) > 0]
        lengths = np.linalg.norm(keypoint[:, child] - keypoint[:, parent], axis=-1)
        middle = np.median(lengths, axis=0)
        assert (middle < 0.7).all()
        assert np.median(np.abs(lengths - middle)) < 0.02
        head, feet = keypoint[:, layout.joints.index('head'), 1], keypoint[:, layout.joints.index('left_foot'), 1]
        assert np.median(head - feet) > 0.7


def names(**kwargs):
    return {entry['frame_dir'] for entry in dataset(serialize_data=False, num_subjects=5, **kwargs).data_list}


def test_splits_are_disjoint_and_complete():
    everything = names()
    assert len(everything) == 3 * 5 * 16
    for kind, place in (('xsub', slice(8, 12)), ('xview', slice(4, 8))):
        train, val = names(split=f'{kind}_train'), names(split=f'{kind}_val')
        assert train | val == everything
        assert not {name[place] for name in train} & {name[place] for name in val}


def test_lengths_persons_and_empty_frames():
    data = dataset(num_subjects=4)
    lengths, empty = [], 0
    for index in range(len(data)):
        sample = data[index]
        lengths.append(sample['total_frames'])
        first, second = sample['keypoint'].any(axis=(2, 3))
        assert first.sum() > len(first) / 2
        empty += not first.all()
        if sample['label'] in TWO_PERSONS:
            np.testing.assert_array_equal(first, second)
        else:
            assert not second.any()
    assert 40 <= min(lengths) < 80 and 120 < max(lengths) <= 160
    assert 0.05 < empty / len(data) < 0.4
    assert len(TWO_PERSONS) >= 2


#: Position of the left hand by sample, person and frame, recorded from the first version.
RECORDED = {
    (3, 0, 10): (-0.03914, -0.32797, 3.24193),
    (14, 1, 30): (-0.59458, -0.31271, 2.54094),
    (77, 0, 25): (-0.42793, -0.61254, 2.91214),
}


def test_sequences_never_change_between_versions():
    data = dataset()
    for (index, person, frame), expected in RECORDED.items():
        np.testing.assert_allclose(data[index]['keypoint'][person, frame, 7], expected, rtol=0, atol=1e-4)


def test_nearest_neighbor_does_not_solve_it():
    """Poses relative to the first center joint, 32 frames, nearest by Euclidean distance."""
    steps = [CenterSkeleton(), CropResizeFrames(window=32, proportion=(1.0,))]
    data = SyntheticSkeletonDataset(pipeline=steps)
    samples = list(data)
    features = np.stack([sample['keypoint'].ravel() for sample in samples])
    labels = np.array([sample['label'] for sample in samples])
    names = [sample['frame_dir'] for sample in samples]
    for kind in ('xsub', 'xview'):
        train, val = (np.isin(names, [take.name for take in data.takes(f'{kind}_{part}')]) for part in ('train', 'val'))
        distance = (features[train] ** 2).sum(1) - 2 * features[val] @ features[train].T
        accuracy = (labels[train][distance.argmin(1)] == labels[val]).mean()
        print(f'{kind}: {accuracy:.1%}')
        assert 0.3 < accuracy < 0.85, kind


def test_noise_bounds_the_loss_of_motion_prediction(monkeypatch):
    """Even the exact motion, without the noise of the sensor, predicts the targets of still tokens badly."""
    steps = [CenterSkeleton(), CropResizeFrames(window=24, proportion=(0.95,))]

    def targets(normalize):
        keypoint = np.stack([sample['keypoint'][0] for sample in dataset(pipeline=steps)])
        head = MotionPredictionHead(8, coordinates=3, patch_size=(4, 1), normalize=normalize)
        return head.targets(torch.from_numpy(keypoint))

    noisy = {normalize: targets(normalize) for normalize in ('token', 'sequence')}
    monkeypatch.setattr(sensor, 'disturb', without_noise(sensor.disturb))
    for normalize, target in noisy.items():
        exact = targets(normalize)
        scale = (target * exact).mean(-1) / exact.square().mean(-1).clamp(min=1e-9)  # the best prediction of its form
        nothing, best = target.square().mean(), (target - scale[..., None] * exact).square().mean()
        print(f'{normalize}: {nothing:.2f} for no prediction, {best:.2f} for the exact motion')
        assert best < 0.4 * nothing
        noisy[normalize] = best / nothing
    assert noisy['sequence'] < 0.5 * noisy['token']


@pytest.mark.parametrize(
    'arguments, error, words',
    [
        (dict(split='xset_train'), ValueError, list(SPLITS)),
        (dict(layout='ntu'), KeyError, list(LAYOUTS)),
        (dict(num_subjects=0), ValueError, ['num_subjects', '0']),
        (dict(num_repetitions=1.5), ValueError, ['num_repetitions', '1.5']),
        (dict(seed=-1), ValueError, ['seed', '-1']),
        (dict(num_subjects=1, split='xsub_val'), ValueError, ['xsub_val', 'two subjects']),
        (dict(indices=0), ValueError, ['indices=0', '96']),
        (dict(indices=[]), ValueError, ['indices=[]', '96']),
    ],
)
def test_bad_arguments(arguments, error, words):
    with pytest.raises(error) as caught:
        dataset(**arguments)
    for word in words:
        assert word in str(caught.value)
