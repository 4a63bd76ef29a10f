"""Persons of a recording, joined over time."""

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.tracking import Detection, track_persons

#: Joints of a person 1.7 high and 0.5 wide, in space.
POSE = np.random.default_rng(0).random((17, 3)) * (0.5, 1.7, 0.3) + (0, 0.1, 2)


def walk(start, step, frames, size=1.0):
    """Return the poses of a person who walks along the x axis, ``(T, V, C)``."""
    return size * POSE + np.array([1, 0, 0]) * (start + step * np.arange(frames))[:, None, None]


def track(*frames):
    """Track poses; a frame is a list of them or of pairs with an identity."""
    pairs = [[one if isinstance(one, tuple) else (one, None) for one in frame] for frame in frames]
    keypoint, score = track_persons(
        [[Detection(pose, person=person) for pose, person in frame] for frame in pairs], 'a'
    )
    assert score is None
    return keypoint


def test_two_persons_who_cross_each_other():
    left, right = walk(-1.5, 0.05, 60), walk(1.5, -0.05, 60, size=0.7) + np.array([0, 0, 0.4])
    frames = [[one, two][:: (-1) ** frame] for frame, (one, two) in enumerate(zip(left, right))]
    found = track(*frames)
    np.testing.assert_allclose(found, np.stack([left, right]), rtol=1e-6)


def test_a_person_who_comes_back():
    poses = walk(0, 0.02, 40)
    other = walk(3, 0.01, 40)
    frames = [[one, two] if not 15 <= frame < 25 else [two] for frame, (one, two) in enumerate(zip(poses, other))]
    found = track(*frames)
    assert found.shape[0] == 2 and found.any(axis=(2, 3)).sum(axis=1).tolist() == [40, 30]
    np.testing.assert_allclose(found[1, 25:], poses[25:], rtol=1e-6)


def test_a_person_who_was_away_for_long_is_another_one():
    poses = walk(0, 0, 50)
    found = track(*([pose] if not 5 <= frame < 40 else [] for frame, pose in enumerate(poses)))
    assert found.any(axis=(2, 3)).sum(axis=1).tolist() == [10, 5] and found[0, 45].any()


def test_a_new_person_and_the_order_by_presence():
    guest, host, late = walk(-2, 0, 9), walk(0, 0.01, 9), walk(2, 0, 9)
    frames = [[guest[t], host[t]] if t < 2 else [host[t]] if t < 5 else [late[t], host[t]] for t in range(9)]
    found = track(*frames)
    assert found.any(axis=(2, 3)).sum(axis=1).tolist() == [9, 4, 2]
    np.testing.assert_allclose(found[0], host, rtol=1e-6)
    np.testing.assert_allclose(found[1, 5:], late[5:], rtol=1e-6)
    np.testing.assert_allclose(found[2, :2], guest[:2], rtol=1e-6)


def test_a_jump_is_another_person():
    poses = walk(0, 0, 6)
    poses[3:] += 5
    assert track(*([pose] for pose in poses)).any(axis=(2, 3)).tolist() == [
        [True] * 3 + [False] * 3,
        [False] * 3 + [True] * 3,
    ]


def test_half_hidden_persons():
    """The steps of a head are short for a body, though long for a head."""
    poses = walk(0, 0.08, 12)
    poses[:, 1] = poses[:, 0] + 0.05
    poses[4:8, 2:] = 0
    assert track(*([pose] for pose in poses)).shape[0] == 1


def test_identities():
    left, right = walk(-1, 0, 5), walk(1, 0, 5)
    frames = [[(left[t], 7), (right[t], 'x')] if t < 3 else [(right[t], 7)] for t in range(5)]
    found = track(*frames)
    np.testing.assert_allclose(found[0], [*left[:3], *right[3:]], rtol=1e-6)
    assert found[1].any(axis=(1, 2)).tolist() == [True] * 3 + [False] * 2


def test_scores_and_poses_without_joints():
    poses = walk(0, 0, 3)
    poses[1] = 0
    frames = [[Detection(pose, np.full(17, 0.5)), Detection(0 * pose, np.full(17, 0.1))] for pose in poses]
    keypoint, score = track_persons(frames, 'a')
    assert keypoint.shape == (1, 3, 17, 3) and score.shape == (1, 3, 17) and keypoint.dtype == score.dtype == np.float32
    assert score[0, :, 0].tolist() == [0.5, 0, 0.5]


@pytest.mark.parametrize(
    ('frames', 'message'),
    [
        ([[(POSE, 1)], [(POSE, 1), (POSE + 1, 1)]], r'a: person 1 occurs twice in frame 1 \(counted from 0\)'),
        (
            [[(POSE, 1)], [POSE]],
            'a: some persons have an identity and some have none, first in frame 1; give all or none',
        ),
        ([[], []], 'a: no person in any frame'),
        ([[0 * POSE]], 'a: no person in any frame'),
        ([], 'a: no person in any frame'),
    ],
)
def test_errors(frames, message):
    with pytest.raises(RawDataError, match=message):
        track(*frames)


class TestBounds:
    def test_too_many_persons(self):
        with pytest.raises(RawDataError, match='a: found 1001 persons in 1 frames, .* expected at most 1000'):
            track([(POSE, str(number)) for number in range(1001)])

    def test_persons_in_few_of_many_frames(self):
        frames = [[(POSE, number)] for number in range(1000)] + [[]] * 10_000
        with pytest.raises(RawDataError, match='a: found 1000 persons in 11000 frames, who are seen 1000 times'):
            track(*frames)

    def test_a_short_visit_in_a_long_recording(self):
        assert track([POSE], *[[]] * 50_000).shape == (1, 50_001, 17, 3)

    def test_too_many_to_compare(self):
        crowd = [POSE + np.array([number, 0, 0]) for number in range(700)]
        with pytest.raises(RawDataError, match='a: 700 persons in frame 1 .* and 700 before are too many'):
            track(crowd, crowd)
