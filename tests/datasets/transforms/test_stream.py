"""SkeletonStream against loops over the bones and frames."""

import numpy as np
import pytest

from mamp_plugin.datasets.transforms import SkeletonStream
from mamp_plugin.skeletons import get_layout

# The tree of the PCM3 paper's released code, counted from 1.
PCM3_BONES = (
    '1-2 2-21 3-21 4-3 5-21 6-5 7-6 8-7 9-21 10-9 11-10 12-11 13-1 14-13 15-14 16-15 17-1 '
    '18-17 19-18 20-19 21-21 22-23 23-8 24-25 25-12'
)


def sequence(layout='nturgb+d', num_frames=6):
    layout = get_layout(layout)
    shape = (2, num_frames, layout.num_joints, layout.dims)
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


def loop_motion(keypoint):
    moved = np.zeros_like(keypoint)
    for frame in range(keypoint.shape[1] - 1):
        moved[:, frame] = keypoint[:, frame + 1] - keypoint[:, frame]
    return moved


def stream(keypoint, name, layout='nturgb+d'):
    return SkeletonStream(layout, name)(dict(keypoint=keypoint))['keypoint']


def test_bones_are_those_of_the_paper():
    keypoint = sequence()
    expected = np.zeros_like(keypoint)
    for pair in PCM3_BONES.split():
        child, parent = (int(joint) - 1 for joint in pair.split('-'))
        expected[:, :, child] = keypoint[:, :, child] - keypoint[:, :, parent]
    np.testing.assert_array_equal(stream(keypoint, 'bone'), expected)
    np.testing.assert_array_equal(stream(keypoint, 'bone_motion'), loop_motion(expected))


@pytest.mark.parametrize('layout', ['kinect_v1', 'sbu', 'coco', 'openpose'])
def test_bones_of_other_layouts(layout):
    keypoint = sequence(layout)
    expected = np.zeros_like(keypoint)
    for child, parent in get_layout(layout).bones:
        expected[:, :, child] = keypoint[:, :, child] - keypoint[:, :, parent]
    np.testing.assert_array_equal(stream(keypoint, 'bone', layout), expected)


@pytest.mark.parametrize('num_frames', [1, 2, 6])
def test_motion(num_frames):
    keypoint = sequence(num_frames=num_frames)
    np.testing.assert_array_equal(stream(keypoint, 'motion'), loop_motion(keypoint))


@pytest.mark.parametrize('name', ['bone', 'motion', 'bone_motion'])
def test_motion_ends_with_each_clip(name):
    keypoint = sequence(num_frames=12)
    together = SkeletonStream('nturgb+d', name)(dict(keypoint=keypoint, num_clips=3))['keypoint']
    expected = [stream(keypoint[:, start : start + 4], name) for start in (0, 4, 8)]
    np.testing.assert_array_equal(together, np.concatenate(expected, axis=1))


def test_joints_are_unchanged():
    keypoint = sequence()
    np.testing.assert_array_equal(stream(keypoint, 'joint'), keypoint)


@pytest.mark.parametrize('name', ['bone', 'motion', 'bone_motion'])
def test_absent_person_has_no_bones_and_no_motion(name):
    keypoint = sequence()
    keypoint[1] = 0
    assert not stream(keypoint, name)[1].any()


def test_unknown_stream_is_rejected():
    with pytest.raises(ValueError, match="stream must be .*, got 'velocity'"):
        SkeletonStream(stream='velocity')


def test_repr():
    assert repr(SkeletonStream(stream='bone')) == "SkeletonStream(layout=None, stream='bone')"
