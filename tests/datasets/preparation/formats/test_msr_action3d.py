import numpy as np
import pytest

from mamp_plugin.datasets.preparation import MsrAction3d, RawDataError
from mamp_plugin.skeletons import get_layout

#: Joints in the order of a file.
FILE = ['left_shoulder', 'right_shoulder', 'shoulder_center', 'spine', 'left_hip', 'right_hip', 'hip_center']
FILE += [
    f'{side}_{joint}' for joint in ('elbow', 'wrist', 'hand', 'knee', 'ankle', 'foot') for side in ('left', 'right')
]
FILE += ['head']


def text(frames=3, joints=20, end='\n'):
    rows = [f'{index + 0.5} {frame}.0 1.5 1.0' for frame in range(frames) for index in range(joints)]
    return end.join(rows) + end


@pytest.mark.parametrize('end', ['\n', '\r\n', ' \r\n'])
def test_joints_labels_and_splits(write_files, prepared, end):
    names = ['a01_s01_e01', 'a20_s10_e03', 'a05_s03_e02']
    raw = write_files({f'{name}_skeleton3D.txt': text(end=end) for name in names})
    split, annotations, _ = prepared(MsrAction3d([raw]))
    assert split == dict(xsub_train=['a01_s01_e01', 'a05_s03_e02'], xsub_val=['a20_s10_e03'])
    assert [annotations[name]['label'] for name in names] == [0, 19, 4]
    keypoint = annotations[names[0]]['keypoint']
    assert keypoint.shape == (1, 3, 20, 3) and keypoint.dtype == np.float32
    expected = [FILE.index(joint) + 0.5 for joint in get_layout('kinect_v1').joints]
    np.testing.assert_array_equal(keypoint[0, 2], [[x, 2, 1.5] for x in expected])


def test_empty_sequences_are_left_out(write_files, prepared):
    files = {'a01_s01_e01_skeleton3D.txt': text(), 'a01_s02_e01_skeleton3D.txt': '0 0 0 0\n' * 40}
    _, annotations, summary = prepared(MsrAction3d([write_files(files)]))
    assert list(annotations) == ['a01_s01_e01']
    assert 'no person in any frame: 1\n    a01_s02_e01' in summary


@pytest.mark.parametrize(
    'name, content, message',
    [
        ('a01_s01_e01', text(joints=24), 'skeleton3D.txt:72: the file ends within a frame, expected 20 lines'),
        ('a01_s01_e01', text()[:-4], 'skeleton3D.txt:60: expected 4 values, found 3'),
        ('a01_s01_e01', text().replace('7.5', '7,5'), "skeleton3D.txt:8: '7,5' is not a finite number"),
        ('a01_s01_e01', text().replace('7.5', 'NaN'), "skeleton3D.txt:8: 'NaN' is not a finite number"),
        ('a01_s01_e01', '', 'skeleton3D.txt is empty'),
        ('a21_s01_e01', text(), 'label 20 .* is not one of the 20 classes'),
    ],
)
def test_bad_files(write_files, prepared, name, content, message):
    with pytest.raises(RawDataError, match=message):
        prepared(MsrAction3d([write_files({f'{name}_skeleton3D.txt': content})]))
