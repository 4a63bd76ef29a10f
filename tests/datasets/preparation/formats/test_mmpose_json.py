import numpy as np
import pytest

from mamp_plugin.datasets.preparation.formats.mmpose_json import MmposeFrame, MmposeVideo

FORMAT = MmposeVideo()


def instance(pose, **more):
    return dict(
        keypoints=pose.tolist(), keypoint_scores=[0.75] * len(pose), bbox=[[1, 2, 3, 4]], bbox_score=0.9, **more
    )


@pytest.fixture()
def document(motion):
    return [{'frame_id': frame, 'instances': [instance(pose)]} for frame, pose in enumerate(motion(6, 17))]


@pytest.mark.parametrize(('joints', 'layout'), [(17, 'coco'), (26, 'halpe26'), (133, 'coco_wholebody')])
def test_round_trip(motion, read, joints, layout):
    poses = motion(6, joints)
    frames = [[instance(pose)] for pose in poses]
    video = [{'frame_id': frame, 'instances': instances} for frame, instances in enumerate(frames)]
    for recording in (
        read(FORMAT, video),
        read(FORMAT, {'meta_info': {'dataset_name': 'coco'}, 'instance_info': video}),
        read(FORMAT, frames),
        read(MmposeFrame(), *frames),
        read(MmposeFrame(), *({'meta_info': {}, 'instance_info': instances} for instances in frames)),
    ):
        np.testing.assert_allclose(recording.keypoint[0], poses, rtol=1e-6)
        assert recording.layout == layout and (recording.score == 0.75).all()


def test_missing_frames_are_empty(document, read):
    document[1]['instances'] = []
    del document[3]
    keypoint = read(FORMAT, document).keypoint
    assert keypoint.shape == (1, 6, 17, 2) and keypoint.any(axis=(0, 2, 3)).tolist() == [
        True,
        False,
        True,
        False,
        True,
        True,
    ]
    files = [frame['instances'] for frame in document]
    assert read(MmposeFrame(), [], *files).keypoint.any(axis=(0, 2, 3)).tolist() == [
        False,
        True,
        False,
        True,
        True,
        True,
    ]


def test_lifted_poses_need_a_layout(motion, read, fails):
    document = [[instance(pose)] for pose in motion(3, 17, 3, 1, 0)]
    assert read(FORMAT, document, layout='h36m').layout == 'h36m'
    fails(FORMAT, document, message='frame 0: person 0: found 17 joints of 3 coordinates, but layout coco has 17 of 2')


def test_tracked_persons(document, read, motion):
    for frame, pose in zip(document, motion(6, 17, start=20)):
        frame['instances'] = [instance(pose, track_id=7), dict(frame['instances'][0], track_id=3)]
    del document[0]['instances'][0]
    keypoint = read(FORMAT, document).keypoint
    assert (
        keypoint.shape[0] == 2 and keypoint[0].max() < 1000 and not keypoint[1, 0].any() and keypoint[1, 1].min() > 1000
    )


def test_broken_files(broken_file, document):
    broken_file(FORMAT, document)


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        ([2, 'frame_id'], 9, 'a.json: frame 3 follows frame 9; frames must be in order'),
        ([2, 'frame_id'], 1, 'a.json: frame 1 follows frame 1; frames must be in order'),
        ([5, 'frame_id'], 90000, 'a.json: frame 90000 follows frame 4; more than 1000 missing frames'),
        ([2, 'frame_id'], 1.5, "a.json: frame 2: '1.5' has no number of a frame"),
        ([2], 3, 'a.json: frame 2: expected an object with a list "instances"'),
        ([2, 'instances'], ..., 'a.json: frame 2: expected an object with a list "instances"'),
        ([2, 'instances', 0], [], 'a.json: frame 2: person 0: expected an object with "keypoints"'),
        (
            [2, 'instances', 0, 'keypoints', 4],
            ...,
            'frame 2: person 0: found 16 joints of 2 coordinates, but layout coco',
        ),
        ([2, 'instances', 0, 'keypoints', 4, 0], 'l2', "frame 2: person 0: 'l2' is not a finite number"),
        ([2, 'instances', 0, 'keypoints'], 'none', "frame 2: person 0: 'none' is not a finite number"),
        (
            [2, 'instances', 0, 'keypoints'],
            [[0.5, 0.2]] * 17,
            'frame 2: person 0: coordinates up to 0.5, but those of a',
        ),
        ([2, 'instances', 0, 'keypoint_scores', 4], ..., 'frame 2: person 0: found 16 scores for 17 joints'),
        (
            [2, 'instances', 0, 'keypoint_scores'],
            ...,
            'a.json: some persons have scores and some have none, first in frame',
        ),
        (
            [2, 'instances', 0, 'track_id'],
            1,
            'a.json: some persons have an identity and some have none, first in frame',
        ),
        ([2, 'instances', 0, 'track_id'], {}, "frame 2: person 0: '{}' identifies no person"),
    ],
)
def test_broken_content(document, changed, fails, path, value, message):
    fails(FORMAT, changed(document, path, value), message=message)


def test_nobody_and_other_numbers_of_joints(document, motion, fails):
    fails(FORMAT, [{'frame_id': 0, 'instances': []}], message='a.json: no person in any of 1 frames')
    fails(MmposeFrame(), [], [], message='a.json: no person in any of 2 frames')
    fails(MmposeFrame(), [instance(motion(1, 19)[0])], message='a.json: person 0: found 19 joints, no known layout has')
    first, second = (frame['instances'] for frame in document[:2])
    fails(MmposeFrame(), first, document, message='b.json: expected predictions of MMPose')
    del second[0]['keypoints'][0]
    fails(MmposeFrame(), first, second, message='b.json: person 0: found 16 joints of 2 coordinates')
