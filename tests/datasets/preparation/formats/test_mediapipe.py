import numpy as np
import pytest

from mamp_plugin.datasets.preparation.formats.mediapipe import MediaPipe, MediaPipeFrame
from mamp_plugin.skeletons import get_layout, register_layout

FORMAT = MediaPipe()


def landmarks(pose, **more):
    return [dict(zip('xyz', joint), visibility=0.9, **more) for joint in pose.tolist()]


@pytest.fixture()
def poses(motion):
    return motion(5, 33, 3, 1, 0)


@pytest.fixture()
def document(poses):
    return [{'pose_world_landmarks': [landmarks(pose)], 'pose_landmarks': [landmarks(pose / 4)]} for pose in poses]


@pytest.mark.parametrize(
    'form',
    [
        lambda pose: landmarks(pose, presence=1),
        lambda pose: [landmarks(pose)],
        lambda pose: {'pose_landmarks': [landmarks(pose / 4)], 'pose_world_landmarks': [landmarks(pose)]},
        lambda pose: {'landmarks': [landmarks(pose / 4)], 'worldLandmarks': [landmarks(pose)]},
        lambda pose: {'poseLandmarks': landmarks(pose / 4), 'poseWorldLandmarks': landmarks(pose)},
        lambda pose: {'pose_landmarks': None, 'pose_world_landmarks': {'landmark': landmarks(pose)}},
        lambda pose: {'pose_landmarks': [landmarks(pose)]},
    ],
)
def test_round_trip(poses, read, form):
    frames = [form(pose) for pose in poses]
    nobody = {key: [] for key in frames[2]} if isinstance(frames[2], dict) else None
    for document in (frames, {'fps': 30, 'frames': frames}, [*frames[:2], nobody, *frames[3:]]):
        recording = read(FORMAT, document)
        assert recording.layout == 'mediapipe'
        np.testing.assert_allclose(recording.keypoint[0, 3:], poses[3:], rtol=1e-6)
        np.testing.assert_allclose(recording.score[0, 3:], 0.9)
    assert (recording.keypoint[0, 2] == 0).all() and (recording.keypoint[0, 1] != 0).all()
    if frames[0] != [landmarks(poses[0])]:  # which would be a video of one frame
        recording = read(MediaPipeFrame(), *frames)
        np.testing.assert_allclose(recording.keypoint[0], poses, rtol=1e-6)


def test_image_landmarks_for_a_layout_of_two_coordinates(poses, document, read):
    fields = {
        key: value for key, value in vars(get_layout('mediapipe')).items() if key in ('joints', 'parents', 'center')
    }
    layout = get_layout('mediapipe')
    register_layout(type(layout)('mediapipe_2d', spine=layout.spine, shoulders=layout.shoulders, dims=2, **fields))
    np.testing.assert_allclose(read(FORMAT, document, layout='mediapipe_2d').keypoint[0], poses[..., :2] / 4, rtol=1e-6)


def test_without_visibility(poses, read):
    frames = [[dict(zip('xyz', joint)) for joint in pose.tolist()] for pose in poses]
    assert read(FORMAT, frames).score is None


def test_broken_files(broken_file, document):
    broken_file(FORMAT, document)


WORLD = 'pose_world_landmarks'


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        (
            [2, WORLD, 0, 5],
            ...,
            'a.json: frame 2: person 0: found 32 joints of 3 coordinates, but layout mediapipe has',
        ),
        ([2, WORLD, 0, 5, 'x'], '0,5', "a.json: frame 2: person 0: '0,5' is not a finite number"),
        ([2, WORLD, 0, 5, 'x'], None, "a.json: frame 2: person 0: 'null' is not a finite number"),
        ([2, WORLD, 0, 5, 'z'], ..., 'a.json: frame 2: person 0: expected a list of landmarks with x, y and z'),
        ([2, WORLD, 0, 5, 'z'], float('inf'), "frame 2: person 0: 'Infinity' is not a finite number"),
        ([2, WORLD, 0, 5, 'visibility'], ..., 'frame 2: person 0: 32 of 33 landmarks have a visibility'),
        ([2, WORLD, 0, 5, 'visibility'], 'high', "frame 2: person 0: 'high' is not a finite number"),
        (
            [2, WORLD, 0, 5, 'x'],
            640,
            'frame 2: person 0: coordinates up to 640, expected meters or shares of the image',
        ),
        ([2, WORLD, 0], 7, 'frame 2: person 0: expected a list of landmarks'),
        ([2, WORLD], 7, 'frame 2: expected a list of landmarks, found int'),
        ([2], 7, 'a.json: frame 2: expected a list of landmarks, found int'),
    ],
)
def test_broken_content(document, changed, fails, path, value, message):
    if path[0] == 2 and value == 7 and len(path) == 2:
        document = changed(document, [2, 'pose_landmarks'], None)
    fails(FORMAT, changed(document, path, value), message=message)


def test_nobody(fails):
    nobody = {WORLD: [], 'pose_landmarks': []}
    fails(FORMAT, [nobody] * 3, message='a.json: no person in any of 3 frames')
