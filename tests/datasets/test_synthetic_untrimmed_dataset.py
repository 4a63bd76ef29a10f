"""SyntheticUntrimmedDataset: reproducible, labeled windows."""

import numpy as np
import pytest
from mmaction.registry import DATASETS

from mamp_plugin.cli.make_synthetic import untrimmed_annotations_of
from mamp_plugin.datasets import SyntheticUntrimmedDataset, UntrimmedSkeletonDataset
from mamp_plugin.datasets.preparation import write_annotations
from mamp_plugin.datasets.synthetic.actions import ACTIONS, CLASSES
from mamp_plugin.datasets.synthetic_dataset import SPLITS
from mamp_plugin.skeletons import get_layout

TWO_PERSONS = [label for label, action in enumerate(ACTIONS) if action.reach]


def dataset(**kwargs):
    return SyntheticUntrimmedDataset(**{'pipeline': [], 'window': 64, 'stride': 32, 'num_subjects': 2, **kwargs})


def test_is_registered_and_names_its_classes():
    config = dict(type='SyntheticUntrimmedDataset', pipeline=[], num_subjects=1, window=24, stride=12)
    built = DATASETS.build(config)
    assert built.metainfo == dict(classes=CLASSES, num_classes=16, layout='nturgb+d')


def test_only_seed_and_name_matter():
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
    for video, frame_labels in zip(data.videos, data.frame_labels):
        keypoint = video['keypoint']
        assert keypoint.shape == (2, video['total_frames'], layout.num_joints, layout.dims)
        assert keypoint.dtype == np.float32 and np.isfinite(keypoint).all()
        first, second = keypoint.any(axis=(2, 3))
        assert first.mean() > 0.9
        together = np.isin(frame_labels, TWO_PERSONS)
        assert second[together & first].all() and second.mean() < 0.7
        if layout.dims == 2:
            assert video['keypoint_score'].shape == keypoint.shape[:3]
            assert video['img_shape'] == (1080, 1920)
        else:
            assert 1.5 < np.median(keypoint[0][first][..., 2]) < 4.5
    assert 0.2 < np.mean([(frame_labels < 16).mean() for frame_labels in data.frame_labels]) < 0.6


@pytest.mark.parametrize(('layout', 'split'), [('nturgb+d', 'xview_val'), ('coco', 'xsub_val')])
def test_windows_equal_those_of_the_written_file(tmp_path, layout, split):
    path = str(tmp_path / 'synthetic.pkl')
    write_annotations(untrimmed_annotations_of(layout=layout, seed=5, num_subjects=2), path)
    windows = dict(pipeline=[], window=50, stride=20, layout=layout, split=split)
    stored = UntrimmedSkeletonDataset(path, num_classes=16, **windows)
    computed = SyntheticUntrimmedDataset(seed=5, num_subjects=2, **windows)
    assert len(stored) == len(computed)
    for index in range(0, len(stored), 7):
        left, right = computed[index], stored[index]
        assert left.keys() == right.keys()
        for key in left:
            np.testing.assert_array_equal(left[key], right[key], err_msg=key)
            assert type(left[key]) is type(right[key])


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (dict(split='xset_train'), list(SPLITS)),
        (dict(num_subjects=0), ['num_subjects', '0']),
        (dict(num_subjects=1, split='xsub_val'), ['xsub_val', 'two subjects']),
        (dict(stride=65), ['stride', 'window=64', '65']),
    ],
)
def test_bad_arguments(arguments, words):
    with pytest.raises(ValueError) as caught:
        dataset(**arguments)
    for word in words:
        assert word in str(caught.value)
