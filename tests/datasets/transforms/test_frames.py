"""DropEmptyFrames and PadEmptyFrames against loops written from their definitions."""

import numpy as np
import pytest

from mamp_plugin.datasets.transforms import DropEmptyFrames, PadEmptyFrames


def sample(present):
    """Return a sample whose persons are present in the frames with a 1; scores equal the first coordinate."""
    present = np.array(present, dtype=bool)
    keypoint = np.random.RandomState(0).rand(*present.shape, 4, 3).astype(np.float32) + 1
    keypoint *= present[:, :, None, None]
    return dict(keypoint=keypoint, keypoint_score=keypoint[..., 0].copy(), total_frames=present.shape[1])


def loop_person(frames):
    """Cut a person's leading empty frames and loop the rest up to the last frame that is not empty."""
    there = [t for t in range(len(frames)) if frames[t].any()]
    if not there:
        return frames
    core = frames[there[0] : there[-1] + 1]
    return np.stack([core[t % len(core)] for t in range(len(frames))])


@pytest.mark.parametrize(
    'present',
    [
        [[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1]],
        [[0, 0, 1, 1, 0, 1, 0], [1, 0, 0, 0, 0, 0, 0]],
        [[1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1, 1]],
        [[0, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0]],
        [[1, 1, 0, 1, 1, 1, 1]],
        [[0, 0, 0, 0, 0, 0, 0]],
    ],
)
def test_pad_equals_loop(present):
    before = sample(present)
    after = PadEmptyFrames()(dict(before))
    expected = np.stack([loop_person(frames) for frames in before['keypoint']])
    np.testing.assert_array_equal(after['keypoint'], expected)
    np.testing.assert_array_equal(after['keypoint_score'], expected[..., 0])
    assert after['total_frames'] == 7


@pytest.mark.parametrize(
    ('present', 'persons', 'frames'),
    [
        ([[1, 1, 1], [1, 1, 1]], [0, 1], [0, 1, 2]),
        ([[0, 1, 1], [1, 1, 0]], [0, 1], [1, 2]),
        ([[0, 1, 0], [1, 1, 0]], [1, 0], [0, 1]),
        ([[0, 0, 0], [0, 1, 0], [1, 0, 1]], [2, 0, 1], [0, 2]),
        ([[0, 0, 1]], [0], [2]),
        ([[0, 0, 0], [0, 0, 0]], [0, 1], [0, 1, 2]),
    ],
)
def test_drop_keeps_the_main_persons_frames(present, persons, frames):
    before = sample(present)
    after = DropEmptyFrames()(dict(before))
    expected = before['keypoint'][persons][:, frames]
    np.testing.assert_array_equal(after['keypoint'], expected)
    np.testing.assert_array_equal(after['keypoint_score'], expected[..., 0])
    assert after['total_frames'] == len(frames)


@pytest.mark.parametrize('transform', [DropEmptyFrames(), PadEmptyFrames()])
@pytest.mark.parametrize('shape', [(0, 5, 4, 3), (2, 0, 4, 3)])
def test_no_person_or_no_frame(transform, shape):
    assert transform(dict(keypoint=np.zeros(shape, np.float32)))['keypoint'].shape == shape


def test_repr():
    assert repr(DropEmptyFrames()) == 'DropEmptyFrames()'
    assert repr(PadEmptyFrames()) == 'PadEmptyFrames()'
