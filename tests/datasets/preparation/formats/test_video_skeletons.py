import numpy as np
import pytest

from mamp_plugin.datasets.preparation.formats.video_skeletons import VideoSkeletons

FORMAT = VideoSkeletons()


def write(poses, layout='mediapipe', **person):
    """Write a document with one person per frame; a pose of None is nobody."""
    frames = [
        {'persons': [] if pose is None else [dict(keypoints=pose.tolist(), scores=[0.5] * len(pose), **person)]}
        for pose in poses
    ]
    return {'layout': layout, 'fps': 30, 'frames': frames}


@pytest.fixture()
def document(motion):
    return write(motion(5, 33, 3, 1, 0))


def test_round_trip(motion, read):
    poses = motion(5, 33, 3, 1, 0)
    recording = read(FORMAT, write([poses[0], poses[1], None, poses[3], poses[4]]))
    poses[2] = 0
    np.testing.assert_allclose(recording.keypoint, poses[None], rtol=1e-6)
    assert recording.layout == 'mediapipe' and recording.score.shape == (1, 5, 33)
    assert (recording.score[0, 2] == 0).all() and (recording.score[0, 1] == 0.5).all()


def test_layouts(motion, read, fails, document):
    assert read(FORMAT, write(motion(2, 25), 'body_25')).layout == 'body_25'
    assert read(FORMAT, write(motion(2, 25), 'body_25'), layout='body_25').keypoint.shape == (1, 2, 25, 2)
    fails(FORMAT, document, layout='coco', message='a.json: frame 0: person 0: found 33 joints, but layout coco has 17')


def test_image_coordinates(motion, read):
    image = motion(1, 17)
    document = write(motion(1, 17, 3, 1, 0), 'h36m', image_keypoints=image[0].tolist())
    assert read(FORMAT, document).keypoint.shape[-1] == 3
    np.testing.assert_allclose(read(FORMAT, document, layout='coco').keypoint[0], image, rtol=1e-6)


def test_broken_files(broken_file, document):
    broken_file(FORMAT, document)


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        (['layout'], 'dance', "a.json: unknown layout 'dance'; known layouts: nturgb"),
        (['layout'], 'secret.json', "a.json: unknown layout 'secret.json'"),
        (['frames'], {}, 'a.json: expected an object with a list "frames"'),
        (['frames'], [], 'a.json: no person in any of 0 frames'),
        (['frames', 2], None, 'a.json: frame 2: expected an object with a list "persons"'),
        (['frames', 2, 'persons', 0], [1], 'a.json: frame 2: person 0: expected an object with a list "keypoints"'),
        (
            ['frames', 2, 'persons', 0, 'keypoints', 7],
            ...,
            'frame 2: person 0: found 32 joints of 3 .* mediapipe has 33',
        ),
        (['frames', 2, 'persons', 0, 'keypoints', 7], [1, 2], 'frame 2: person 0: expected .* found lists of unequal'),
        (['frames', 2, 'persons', 0, 'keypoints', 7, 1], 'O.5', "frame 2: person 0: 'O.5' is not a finite number"),
        (['frames', 2, 'persons', 0, 'keypoints', 7, 1], float('nan'), "frame 2: person 0: 'NaN' is not a finite"),
        (['frames', 2, 'persons', 0, 'keypoints', 7, 1], 1e39, 'frame 2: person 0: .* is not a finite number'),
        (
            ['frames', 2, 'persons', 0, 'keypoints'],
            [],
            r'frame 2: person 0: expected a list of numbers .* shape \(0,\)',
        ),
        (['frames', 2, 'persons', 0, 'scores'], [1, 2], 'frame 2: person 0: found 2 scores for 33 joints'),
        (
            ['frames', 2, 'persons', 0, 'scores'],
            None,
            'a.json: some persons have scores and some have none, first in frame',
        ),
        (['frames', 2, 'persons', 0, 'id'], [3], r"frame 2: person 0: '\[3\]' identifies no person"),
        (
            ['frames', 2, 'persons', 0, 'id'],
            3,
            'a.json: some persons have an identity and some have none, first in frame',
        ),
        (
            ['frames', 2, 'persons', 0, 'keypoints'],
            [[500, 300, 0]] * 33,
            'frame 2: person 0: coordinates up to 500, but',
        ),
    ],
)
def test_broken_content(document, changed, fails, path, value, message):
    fails(FORMAT, changed(document, path, value), message=message)


def test_nobody_and_two_with_one_identity(document, fails):
    fails(FORMAT, write([None] * 3), message='a.json: no person in any of 3 frames')
    for frame in document['frames']:
        frame['persons'][0]['id'] = 4
    document['frames'][3]['persons'] *= 2
    fails(FORMAT, document, message='a.json: person 4 occurs twice in frame 3')
