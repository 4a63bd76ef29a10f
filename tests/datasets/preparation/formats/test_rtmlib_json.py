import numpy as np
import pytest

from mamp_plugin.datasets.preparation.formats.rtmlib_json import RtmlibFrame, RtmlibVideo

FORMAT = RtmlibVideo()


def frame_of(*poses, key='scores'):
    return {'keypoints': [pose.tolist() for pose in poses], key: [[0.5] * len(pose) for pose in poses]}


@pytest.fixture()
def document(motion):
    return [frame_of(*pair) for pair in zip(motion(5, 17), motion(5, 17, start=20))]


@pytest.mark.parametrize(('joints', 'layout'), [(17, 'coco'), (26, 'halpe26'), (133, 'coco_wholebody')])
def test_round_trip(motion, read, joints, layout):
    poses = np.stack([motion(5, joints), motion(5, joints, start=20)])
    frames = [frame_of(*pair, key='keypoint_scores') for pair in poses.swapaxes(0, 1)]
    for recording in (read(FORMAT, frames), read(FORMAT, {'frames': frames}), read(RtmlibFrame(), *frames)):
        np.testing.assert_allclose(recording.keypoint, poses, rtol=1e-6)
        assert recording.layout == layout and (recording.score == 0.5).all()


def test_absent_persons(document, read):
    document[0] = {'keypoints': [], 'scores': []}
    document[2]['keypoints'].pop()
    document[2]['scores'].pop()
    document[3] = None
    keypoint = read(FORMAT, document).keypoint
    assert keypoint.any(axis=(2, 3)).tolist() == [[False, True, True, False, True], [False, True, False, False, True]]
    files = [document[index] for index in (0, 1, 2, 4)]
    assert read(RtmlibFrame(), *files).keypoint.shape == (2, 4, 17, 2)


def test_without_scores(document, read):
    for frame in document:
        del frame['scores']
    assert read(FORMAT, document).score is None


def test_broken_files(broken_file, document):
    broken_file(FORMAT, document)


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        ([2], 7, 'a.json: frame 2: expected an object with a list "keypoints"'),
        ([2, 'keypoints'], ..., 'a.json: frame 2: expected an object with a list "keypoints"'),
        ([2, 'keypoints', 1, 4], ..., 'a.json: frame 2: expected .* of every person, found lists of unequal lengths'),
        ([2, 'keypoints', 1, 4, 0], '12px', "a.json: frame 2: '12px' is not a finite number"),
        ([2, 'keypoints', 1, 4, 0], float('nan'), "a.json: frame 2: 'NaN' is not a finite number"),
        ([2, 'keypoints'], [[[9, 9]] * 16] * 2, r'frame 2: keypoints have shape \(2, 16, 2\), scores \(2, 17\)'),
        ([2, 'scores'], [], r'a.json: frame 2: expected a list of numbers per joint, found shape \(0,\)'),
        ([2, 'scores'], ..., 'a.json: some persons have scores and some have none, first in frame'),
        ([2, 'keypoints', 1], [[0.4, 0.3]] * 17, 'a.json: frame 2: person 1: coordinates up to 0.4, but those of a'),
        ([2], frame_of(np.ones((26, 2)) * 50), 'frame 2: person 0: found 26 joints of 2 coordinates, but layout coco'),
    ],
)
def test_broken_content(document, changed, fails, path, value, message):
    fails(FORMAT, changed(document, path, value), message=message)


def test_nobody_and_unknown_joints(motion, fails):
    fails(RtmlibFrame(), {'keypoints': [], 'scores': []}, message='a.json: no person in any of 1 frames')
    fails(FORMAT, [frame_of(motion(1, 19)[0])], message='a.json: frame 0: person 0: found 19 joints, no known layout')
