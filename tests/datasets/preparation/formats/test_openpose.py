import numpy as np
import pytest

from mamp_plugin.datasets.preparation.formats.openpose import OpenPose

FORMAT = OpenPose()


def person(pose, number=-1, dims=2):
    flat = np.column_stack([pose, np.full(len(pose), 0.5)]).ravel().tolist()
    empty = {f'{part}_keypoints_{other}d': [] for part in ('face', 'hand_left', 'hand_right') for other in (2, 3)}
    return {'person_id': [number], f'pose_keypoints_{5 - dims}d': [], f'pose_keypoints_{dims}d': flat, **empty}


def frame_of(*people):
    return {'version': 1.3, 'people': list(people)}


@pytest.fixture()
def documents(motion):
    return [frame_of(person(pose)) for pose in motion(5, 25)]


@pytest.mark.parametrize(('joints', 'layout'), [(25, 'body_25'), (18, 'openpose')])
def test_round_trip(motion, read, joints, layout):
    poses = motion(5, joints)
    poses[3, 4] = 0  # a joint that was not found
    files = [frame_of(person(pose)) for pose in poses]
    files[2] = frame_of()
    recording = read(FORMAT, *files)
    poses[2] = 0
    np.testing.assert_allclose(recording.keypoint[0], poses, rtol=1e-6)
    assert recording.layout == layout and recording.score[0, :, 0].tolist() == [0.5, 0.5, 0, 0.5, 0.5]


def test_space(motion, read, fails, documents):
    poses = motion(3, 25, 3, 1)
    files = [frame_of(person(pose, dims=3)) for pose in poses]
    np.testing.assert_allclose(read(FORMAT, *files, layout='nturgb+d').keypoint[0], poses, rtol=1e-6)
    del documents[0]['people'][0]['pose_keypoints_3d']
    fails(
        FORMAT, *documents, layout='nturgb+d', message='a.json: person 0: expected an object with a list "pose_keypoi'
    )


def test_numbered_persons(motion, read):
    files = [
        frame_of(person(left, 5 if frame < 2 else 8), person(right, 8 if frame < 2 else 5))
        for frame, (left, right) in enumerate(zip(motion(4, 25), motion(4, 25, start=20)))
    ]
    keypoint = read(FORMAT, *files).keypoint
    assert (keypoint[0].max(axis=(1, 2)) > 1000).tolist() == [False, False, True, True]


def test_broken_files(broken_file, documents):
    broken_file(FORMAT, documents[0])


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        (['people'], None, 'c.json: expected an object with a list "people"'),
        (['people', 0], 'me', 'c.json: person 0: expected an object with a list "pose_keypoints_2d"'),
        (
            ['people', 0, 'pose_keypoints_2d'],
            ...,
            'c.json: person 0: expected an object with a list "pose_keypoints_2d"',
        ),
        (['people', 0, 'pose_keypoints_2d'], [], r'c.json: person 0: expected numbers, found shape \(0,\)'),
        (
            ['people', 0, 'pose_keypoints_2d', 9],
            ...,
            'c.json: person 0: expected 3 numbers per joint, found 74 numbers',
        ),
        (['people', 0, 'pose_keypoints_2d', 9], 'l', "c.json: person 0: 'l' is not a finite number"),
        (
            ['people', 0, 'pose_keypoints_2d'],
            [9] * 54,
            'c.json: person 0: found 18 joints of 2 coordinates, but layout b',
        ),
        (
            ['people', 0, 'pose_keypoints_2d'],
            [0.3] * 75,
            'c.json: person 0: coordinates up to 0.3, but those of a.json',
        ),
        (['people', 0, 'person_id'], [4], 'a.json: some persons have an identity and some have none, first in frame'),
        (['people', 0, 'person_id'], -1, 'c.json: person 0: expected a list of one number'),
        (['people', 0, 'person_id'], [[]], "c.json: person 0: '\\[\\]' identifies no person"),
        (['people'], ..., 'c.json: expected keypoints of OpenPose'),
    ],
)
def test_broken_content(documents, changed, fails, path, value, message):
    documents[2] = changed(documents[2], path, value)
    fails(FORMAT, *documents, message=message)


def test_nobody(fails):
    fails(FORMAT, frame_of(), frame_of(), message='a.json: no person in any of 2 frames')
