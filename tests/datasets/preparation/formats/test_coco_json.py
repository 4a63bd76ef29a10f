import numpy as np
import pytest

from mamp_plugin.datasets.preparation.formats.coco_json import CocoAnnotations, CocoResults


def flat(pose, third=0.5):
    return np.column_stack([pose, np.full(len(pose), third)]).ravel().tolist()


def result(image, pose, **more):
    return dict(image_id=image, category_id=1, keypoints=flat(pose), score=2.5, **more)


@pytest.fixture()
def results(motion):
    return [result(image, pose) for image, pose in enumerate(motion(6, 17), 10)]


@pytest.fixture()
def annotations(motion):
    poses = motion(6, 17)
    return {
        'images': [{'id': 90 - index, 'file_name': f'a/{index}.jpg'} for index in (5, 4, 3, 2, 1, 0)],
        'annotations': [
            {'id': 7 + index, 'image_id': 90 - index, 'keypoints': flat(pose, 2)} for index, pose in enumerate(poses)
        ],
        'categories': [{'id': 1, 'name': 'person'}],
    }


@pytest.mark.parametrize(('joints', 'layout'), [(17, 'coco'), (26, 'halpe26'), (133, 'coco_wholebody')])
def test_results(motion, read, joints, layout):
    poses = motion(12, joints)
    for name in (lambda frame: frame + 100, lambda frame: f'{frame}.jpg', lambda frame: f'video_{frame:06}.png'):
        document = [result(name(frame), pose) for frame, pose in enumerate(poses) if frame != 4]
        recording = read(CocoResults(), document[3:] + document[:3])
        np.testing.assert_allclose(recording.keypoint[0, 5:], poses[5:], rtol=1e-6)
        assert recording.layout == layout and recording.keypoint.shape[:2] == (1, 12)
        assert not recording.keypoint[0, 4].any() and recording.score[0, :, 0].tolist() == [0.5] * 4 + [0] + [0.5] * 7


@pytest.mark.parametrize(
    'identity', [lambda number: number, lambda number: [float(number)], lambda number: [[number], [9]]]
)
def test_persons_of_alphapose(motion, read, identity):
    left, right = motion(4, 17), motion(4, 17, start=20)
    frames = [(f'{frame}.jpg', pair) for frame, pair in enumerate(zip(left, right))]
    jumps = [result(image, pair[::-1][person], idx=identity(person)) for image, pair in frames[:2] for person in (0, 1)]
    jumps += [result(image, pair[person], idx=identity(person)) for image, pair in frames[2:] for person in (0, 1)]
    keypoint = read(CocoResults(), jumps).keypoint  # by identity, although the poses exchange their places
    np.testing.assert_allclose(keypoint[0], [right[0], right[1], left[2], left[3]], rtol=1e-6)
    without = [dict(each, idx=identity(0)) for each in jumps]
    np.testing.assert_allclose(read(CocoResults(), without).keypoint[0], right, rtol=1e-6)


def test_annotations(motion, read, annotations):
    poses = motion(6, 17)
    recording = read(CocoAnnotations(), annotations)
    np.testing.assert_allclose(recording.keypoint[0], poses, rtol=1e-6)
    assert recording.layout == 'coco' and recording.score is None
    annotations['annotations'][2]['keypoints'][5::3] = [0] * 16
    del annotations['annotations'][4]
    annotations['annotations'].append({'image_id': 90, 'keypoints': [0] * 51})  # a person in a crowd
    keypoint = read(CocoAnnotations(), annotations).keypoint
    assert keypoint.shape[:2] == (1, 6) and not keypoint[0, 4].any()
    assert keypoint[0, 2, 0].any() and not keypoint[0, 2, 1:].any()


def test_images_without_names(annotations, read, motion):
    for image in annotations['images']:
        del image['file_name']
    np.testing.assert_allclose(read(CocoAnnotations(), annotations).keypoint[0], motion(6, 17)[::-1], rtol=1e-6)


def test_broken_files(broken_file, results):
    broken_file(CocoResults(), results)


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        ([2], 7, 'a.json: entry 2: expected an object with "image_id" and "keypoints"'),
        ([2, 'image_id'], 'cat.jpg', """a.json: entry 2: '"cat"' has no number of a frame"""),
        ([2, 'image_id'], 900000, 'a.json: frame 900000 follows frame 15; more than 1000 missing frames'),
        ([2, 'keypoints'], ..., 'a.json: image 12: person 0: expected an object with a list "keypoints"'),
        ([2, 'keypoints', 4], ..., 'a.json: image 12: person 0: expected 3 numbers per joint, found 50 numbers'),
        ([2, 'keypoints', 4], '1O', "a.json: image 12: person 0: '1O' is not a finite number"),
        ([2, 'keypoints', 4], [1], 'a.json: image 12: person 0: expected numbers, found lists of unequal lengths'),
        ([2, 'keypoints'], [9] * 78, 'a.json: frame 2: person 0: found 26 joints of 2 coordinates, but layout coco'),
        (
            [2, 'keypoints'],
            [0.1] * 51,
            'a.json: frame 2: person 0: coordinates up to 0.1, but those of a.json: frame 0',
        ),
        ([2, 'idx'], 3, 'a.json: some persons have an identity and some have none, first in frame'),
        ([2, 'idx'], 0.5, "a.json: image 12: person 0: '0.5' identifies no person"),
    ],
)
def test_broken_results(results, changed, fails, path, value, message):
    fails(CocoResults(), changed(results, path, value), message=message)


@pytest.mark.parametrize(
    ('path', 'value', 'message'),
    [
        (['images', 1, 'id'], 90, 'a.json: image 90 is listed twice'),
        (['images', 1, 'id'], ..., 'a.json: expected images with an "id"'),
        (['images', 1, 'file_name'], 'cat.jpg', 'has no number of a frame'),
        (['images'], None, 'a.json: expected an object with a list "images"'),
        (['annotations', 1, 'image_id'], 5, 'a.json: annotation 1: image_id 5 is not listed in "images"'),
        (['annotations', 1, 'image_id'], [5], r'a.json: annotation 1: image_id \[5\] is not listed in "images"'),
        (['annotations', 1], 5, 'a.json: annotation 1: image_id None is not listed in "images"'),
        (['annotations', 1, 'keypoints'], [], r'a.json: image 89: person 0: expected numbers, found shape \(0,\)'),
        (['annotations', 1, 'keypoints', 3], None, "a.json: image 89: person 0: 'null' is not a finite number"),
        (['annotations'], [], 'a.json: no person in any of 6 frames'),
    ],
)
def test_broken_annotations(annotations, changed, fails, path, value, message):
    fails(CocoAnnotations(), changed(annotations, path, value), message=message)


def test_numbers_of_equal_hashes(annotations, results, changed, fails):
    large = 2**64
    message = 'a.json: expected images with an "id", a text or an integer of at most 64 bits'
    fails(CocoAnnotations(), changed(annotations, ('images', 0, 'id'), large), message=message)
    fails(CocoResults(), changed(results, (0, 'track_id'), large), message='identifies no person')
    fails(CocoResults(), changed(results, (0, 'image_id'), large), message='has no number of a frame')


def test_frames_far_apart(motion, fails):
    spread = [result(1000 * number, pose) for number, pose in enumerate(motion(1500, 17))]
    fails(CocoResults(), spread, message=r'a.json: 1500 frames are spread over \d+; check the numbers')
