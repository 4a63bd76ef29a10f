"""Annotation files are read safely, and what is wrong with them is said by name."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets import SkeletonDataset


def sample(name, joints=25):
    keypoint = np.random.rand(2, 6, joints, 3).astype(np.float32)
    return dict(frame_dir=name, label=1, total_frames=6, keypoint=keypoint)


def write(path, content, protocol=5):
    with open(path, 'wb') as file:
        pickle.dump(content, file, protocol=protocol)
    return str(path)


@pytest.fixture()
def ann_file(tmp_path):
    annotations = [sample('a'), sample('b'), sample('c')]
    split = dict(xsub_train=['a', 'b'], xsub_val=['c'], nobody=[])
    return write(tmp_path / 'good.pkl', dict(split=split, annotations=annotations))


@pytest.mark.parametrize('protocol', [2, 3, 4, 5])
def test_equals_what_mmaction_reads(tmp_path, protocol):
    from mmaction.datasets import PoseDataset

    content = dict(split=dict(train=['a', 'b']), annotations=[sample('a'), sample('b'), sample('c')])
    path = write(tmp_path / 'ann.pkl', content, protocol)
    ours = SkeletonDataset(path, pipeline=[], split='train', layout='nturgb+d')
    theirs = PoseDataset(path, pipeline=[], split='train')
    assert len(ours) == len(theirs) == 2
    for mine, other in zip(ours, theirs):
        assert mine.keys() == other.keys()
        np.testing.assert_array_equal(mine['keypoint'], other['keypoint'])


def test_a_plain_list_needs_no_split(tmp_path):
    assert len(SkeletonDataset(write(tmp_path / 'list.pkl', [sample('a')]), pipeline=[])) == 1


class TestErrors:
    def test_missing_file(self):
        with pytest.raises(FileNotFoundError, match='annotation file nowhere.pkl does not exist; see ann_file'):
            SkeletonDataset('nowhere.pkl', pipeline=[])

    def test_unknown_split_lists_the_known_ones(self, ann_file):
        with pytest.raises(ValueError, match="split 'xset_train' .*good.pkl; it has xsub_train, xsub_val, nobody"):
            SkeletonDataset(ann_file, pipeline=[], split='xset_train')

    def test_empty_split(self, ann_file):
        with pytest.raises(ValueError, match="split 'nobody' of annotation file .*good.pkl is empty"):
            SkeletonDataset(ann_file, pipeline=[], split='nobody')

    def test_split_asked_of_a_plain_list(self, tmp_path):
        with pytest.raises(ValueError, match='list.pkl has no splits'):
            SkeletonDataset(write(tmp_path / 'list.pkl', [sample('a')]), pipeline=[], split='train')

    def test_wrong_number_of_joints(self, ann_file):
        with pytest.raises(ValueError, match="sample 'c' .*good.pkl has 25 joints, but layout 'coco' has 17"):
            SkeletonDataset(ann_file, pipeline=[], split='xsub_val', layout='coco')

    def test_unknown_layout(self, ann_file):
        with pytest.raises(KeyError, match='known layouts'):
            SkeletonDataset(ann_file, pipeline=[], split='xsub_val', layout='ntu')

    def test_keypoint_of_another_shape(self, tmp_path):
        path = write(tmp_path / 'flat.pkl', [dict(frame_dir='x', keypoint=np.zeros((6, 75)))])
        with pytest.raises(ValueError, match=r"sample 'x' .*flat.pkl: keypoint must be .*\(6, 75\)"):
            SkeletonDataset(path, pipeline=[])

    def test_truncated_file(self, ann_file, tmp_path):
        half = tmp_path / 'half.pkl'
        half.write_bytes(Path(ann_file).read_bytes()[:-200])
        with pytest.raises(pickle.UnpicklingError, match='half.pkl is (damaged|refused)'):
            SkeletonDataset(str(half), pipeline=[])

    @pytest.mark.parametrize(
        'content, message',
        [
            (3, r'x.pkl must hold dict\(split=..., annotations=\[...\]\) or a list of annotations'),
            ([3], 'x.pkl must hold'),
            (dict(split=dict(train=[])), 'x.pkl must hold'),
            (
                dict(split=['a'], annotations=[]),
                'split of annotation file .*x.pkl must be a dict of names, found a list',
            ),
            (dict(split=dict(train='a'), annotations=[]), "split 'train' .*x.pkl must be .*, found a str"),
            (dict(split=dict(train=[('a',)]), annotations=[]), "split 'train' .*x.pkl has a tuple for a name"),
            (dict(split=dict(t=['a']), annotations=[dict(frame_dir=('a',))]), 'annotation 0 .*x.pkl has a tuple for'),
        ],
    )
    def test_content_that_is_no_annotations(self, tmp_path, content, message):
        with pytest.raises(ValueError, match=message):
            SkeletonDataset(write(tmp_path / 'x.pkl', content), pipeline=[], split='train')

    def test_sequences_in_files_of_their_own_are_not_unpickled(self, ann_file):
        with pytest.raises(ValueError, match=r"data_prefix\['skeleton'\] = 'folder' is not supported"):
            SkeletonDataset(ann_file, pipeline=[], data_prefix=dict(skeleton='folder'))
