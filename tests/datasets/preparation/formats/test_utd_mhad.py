import io

import numpy as np
import pytest
from scipy.io import savemat

from mamp_plugin.datasets.preparation import RawDataError, UtdMhad
from mamp_plugin.skeletons import get_layout


def mat_file(frames=4, **variables):
    file = io.BytesIO()
    savemat(file, variables or dict(d_skel=np.arange(20.0)[:, None, None] + np.ones((20, 3, frames))))
    return file.getvalue()


def test_joints_labels_and_splits(write_files, prepared):
    names = ['a1_s1_t1', 'a27_s2_t1', 'a3_s3_t4']
    raw = write_files({f'data/Skeleton/{name}_skeleton.mat': mat_file() for name in names}, 'utd.zip')
    split, annotations, _ = prepared(UtdMhad([raw]))
    assert split == dict(xsub_train=['a1_s1_t1', 'a3_s3_t4'], xsub_val=['a27_s2_t1'])
    assert [annotations[name]['label'] for name in names] == [0, 26, 2]
    keypoint = annotations['a1_s1_t1']['keypoint']
    assert keypoint.shape == (1, 4, 20, 3) and keypoint.dtype == np.float32
    # files begin with head, shoulder center, spine, hip center
    joints = get_layout('kinect_v1').joints
    assert [keypoint[0, 0, joints.index(name), 0] for name in ('head', 'shoulder_center', 'spine', 'hip_center')] == [
        1,
        2,
        3,
        4,
    ]
    np.testing.assert_array_equal(keypoint[0, 0, 4:, 0], np.arange(5, 21))


@pytest.mark.parametrize(
    'content, message',
    [
        (mat_file()[:300], 'a1_s1_t1_skeleton.mat is not a MATLAB file with a variable d_skel'),
        (b'text', 'a1_s1_t1_skeleton.mat is not a MATLAB file'),
        (mat_file(other=np.ones(3)), 'is not a MATLAB file with a variable d_skel'),
        (mat_file(d_skel=np.ones((24, 3, 4))), r'd_skel must have shape \(20, 3, frames\), found \(24, 3, 4\)'),
        (mat_file(d_skel=np.ones((20, 2, 4))), 'expected 20 joints of 3 coordinates'),
        (mat_file(d_skel='text'), 'd_skel holds <U4, expected numbers'),
        (mat_file(d_skel=np.full((20, 3, 4), np.nan)), 'a coordinate in frame 0 .* is nan, expected a number'),
        (b'', 'a1_s1_t1_skeleton.mat is empty'),
    ],
)
def test_bad_files(write_files, prepared, content, message):
    raw = write_files({'a1_s1_t1_skeleton.mat': content, 'a2_s1_t1_skeleton.mat': mat_file()})
    with pytest.raises(RawDataError, match=message):
        prepared(UtdMhad([raw]))


def test_unknown_label(write_files, prepared):
    with pytest.raises(RawDataError, match='a28_s1_t1_skeleton.mat: label 27 .* is not one of the 27 classes'):
        prepared(UtdMhad([write_files({'a28_s1_t1_skeleton.mat': mat_file()})]))


def test_real_data(real_data, prepared):
    split, annotations, text = prepared(UtdMhad([real_data('utd_mhad_skeleton.zip')]))
    assert {name: len(members) for name, members in split.items()} == UtdMhad.published
    assert 'complete' not in text
    lengths = [sample['total_frames'] for sample in annotations.values()]
    assert (min(lengths), max(lengths)) == (41, 125)
    assert set(np.bincount([sample['label'] for sample in annotations.values()])) == {31, 32}
    joints = get_layout('kinect_v1').joints
    poses = np.concatenate([sample['keypoint'][0] for sample in annotations.values()])
    height = np.median(poses[..., 1], axis=0)
    order = ['head', 'shoulder_center', 'spine', 'hip_center', 'left_knee', 'left_foot']
    assert (np.diff([height[joints.index(name)] for name in order]) < 0).all()
