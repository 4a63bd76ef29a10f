import numpy as np
import pytest

from mamp_plugin.datasets.preparation.formats.azure_kinect import JOINTS, AzureKinect
from mamp_plugin.skeletons import get_layout

FORMAT = AzureKinect()


def body(pose, number=1):
    return {'body_id': number, 'joint_positions': pose.tolist(), 'joint_orientations': [[1, 0, 0, 0]] * len(pose)}


def write(*frames, names=JOINTS):
    frames = [
        {'frame_id': number, 'timestamp_usec': 33333 * number, 'num_bodies': len(bodies), 'bodies': bodies}
        for number, bodies in enumerate(frames)
    ]
    return {'k4abt_sdk_version': '1.1.0', 'joint_names': list(names), 'bone_list': [], 'frames': frames}


@pytest.fixture()
def poses(motion):
    return motion(5, 32, 3, 1000)


@pytest.fixture()
def document(poses):
    return write(*([body(pose)] for pose in poses))


def test_round_trip_in_meters(poses, document, read):
    document['frames'][1]['bodies'] = []
    del document['frames'][3]
    recording = read(FORMAT, document)
    poses[[1, 3]] = 0
    np.testing.assert_allclose(recording.keypoint[0], poses / 1000, rtol=1e-6)
    assert recording.layout == 'azure_kinect' and recording.score is None


def test_joints_are_ordered_by_name(poses, document, read):
    expected = read(FORMAT, document).keypoint
    names = ['SPINE_NAVAL' if name == 'SPINE_NAVEL' else name for name in JOINTS]
    frames = [[dict(body(pose[::-1]), confidence_levels=[*range(28), 3, 2, 1, 0])] for pose in poses]
    recording = read(FORMAT, write(*frames, names=names[::-1]))
    np.testing.assert_array_equal(recording.keypoint, expected)
    np.testing.assert_allclose(recording.score[0, 0, :4], [0, 1 / 3, 2 / 3, 1])


def test_names_mean_the_joints_of_the_layout():
    words = {'LEFT': 'left', 'RIGHT': 'right'}
    for name, joint in zip(JOINTS, get_layout('azure_kinect').joints):
        assert words.get(name.rpartition('_')[2], '') == (
            joint.split('_')[0] if '_' in name and 'SPINE' not in name else ''
        )
    assert [JOINTS[index] for index in (5, 8, 13, 18, 22, 26)] == [
        'SHOULDER_LEFT', 'HAND_LEFT', 'ELBOW_RIGHT', 'HIP_LEFT', 'HIP_RIGHT', 'HEAD'
    ]  # fmt: skip


def test_two_bodies(motion, read):
    left, right = motion(4, 32, 3, 1000), motion(4, 32, 3, 1000, start=9)
    frames = [[body(one, 4), body(two, 2)] for one, two in zip(left, right)]
    np.testing.assert_allclose(read(FORMAT, write(*frames)).keypoint, np.stack([left, right]) / 1000, rtol=1e-6)


def test_broken_files(broken_file, document):
    broken_file(FORMAT, document)


BODY = ['frames', 2, 'bodies', 0]


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        (['joint_names', 3], 'HALS', 'a.json: expected the 32 joint_names of Azure Kinect, found 32 without NECK'),
        (['joint_names', 3], ..., 'a.json: expected the 32 joint_names of Azure Kinect, found 31 without NECK'),
        (['joint_names'], None, 'a.json: expected an object with a list "joint_names"'),
        (['frames', 2, 'frame_id'], 0, 'a.json: frame 0 follows frame 1; frames must be in order'),
        (['frames', 2], [], 'a.json: frame 2: expected an object with a list "bodies"'),
        (['frames', 2, 'bodies'], ..., 'a.json: frame 2: expected an object with a list "bodies"'),
        ([*BODY], 1, 'a.json: frame 2: person 0: expected an object with a list "joint_positions"'),
        ([*BODY, 'joint_positions', 4], ..., r'a.json: frame 2: person 0: expected 32 joints of 3 .*, found \(31, 3\)'),
        (
            [*BODY, 'joint_positions', 4],
            [1, 2],
            'a.json: frame 2: person 0: expected .* found lists of unequal lengths',
        ),
        ([*BODY, 'joint_positions', 4, 1], '-', "a.json: frame 2: person 0: '-' is not a finite number"),
        ([*BODY, 'joint_positions'], [[0, 1.7, 2]] * 31 + [[0, 0, 2]], 'frame 2: person 0: a body of 1.7 millimeters'),
        ([*BODY, 'confidence_levels'], [1], 'frame 2: person 0: expected 32 confidence_levels, found 1'),
        ([*BODY, 'confidence_levels'], [1] * 32, 'a.json: some persons have scores and some have none, first in frame'),
        ([*BODY, 'body_id'], None, 'a.json: some persons have an identity and some have none, first in frame'),
    ],
)
def test_broken_content(document, changed, fails, path, value, message):
    fails(FORMAT, changed(document, path, value), message=message)


def test_nobody_and_one_twice(poses, fails):
    fails(FORMAT, write([], []), message='a.json: no person in any of 2 frames')
    fails(FORMAT, write([body(poses[0]), body(poses[1])]), message='a.json: person 1 occurs twice in frame 0')
