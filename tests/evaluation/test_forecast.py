"""Forecast baselines against hand-computed cases."""

import pytest
import torch

from mamp_plugin.evaluation.forecast import (
    constant_pose,
    constant_velocity,
    joint_position_error,
    last_pose,
    predictable,
    split_forecast,
)


def moving(num_frames, joints=4):
    """Return two persons whose joints move at random constant velocities, ``(2, T, V, 3)``."""
    frames = torch.arange(float(num_frames)).view(-1, 1, 1)
    return torch.randn(2, 1, joints, 3) + frames * torch.randn(2, 1, joints, 3)


def test_error_is_averaged_over_joints():
    prediction = torch.tensor([[[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]]])
    assert joint_position_error(prediction, torch.zeros(1, 2, 3)).tolist() == [3.0]


def test_static_sequences_are_predicted_exactly():
    history, future = split_forecast(torch.randn(2, 3, 1, 4, 3).expand(-1, -1, 9, -1, -1), 4)
    assert torch.equal(constant_pose(history, 4), future)
    assert torch.equal(constant_velocity(history, 4), future)


def test_uniform_motion_is_extrapolated():
    history, future = split_forecast(moving(9), 4)
    torch.testing.assert_close(constant_velocity(history, 4), future)
    velocity = (history[:, 1] - history[:, 0]).norm(dim=-1).mean(dim=-1)
    steps = torch.arange(1.0, 5.0)
    torch.testing.assert_close(joint_position_error(constant_pose(history, 4), future), velocity[:, None] * steps)


def test_person_last_seen_earlier_has_moved_on():
    sequence = moving(9)
    history, future = split_forecast(sequence.clone(), 4)
    history[1, 3:] = 0
    torch.testing.assert_close(last_pose(history)[0], sequence[0, 4])
    torch.testing.assert_close(last_pose(history)[1], sequence[1, 2])
    torch.testing.assert_close(constant_velocity(history, 4), future)


def test_person_seen_once_has_no_velocity():
    history, _ = split_forecast(moving(9), 4)
    history[0, :4] = 0
    history[1, 0] = history[1, 2:] = 0
    assert torch.equal(constant_velocity(history, 4), constant_pose(history, 4))
    first_frame_only = moving(9)[:, :1]
    assert torch.equal(constant_velocity(first_frame_only, 2), constant_pose(first_frame_only, 2))


def test_absent_person_stays_zero():
    history = torch.zeros(2, 5, 4, 3)
    assert not last_pose(history).any() and not constant_velocity(history, 3).any()


def test_persons_count_if_present_and_seen_before():
    history, future = moving(5), moving(3)
    history[0, 1:] = 0  # seen in the first frame
    future[0, 1] = 0
    history[1] = 0
    assert predictable(history, future).tolist() == [[True, False, True], [False] * 3]


def test_joint_at_the_origin_does_not_make_a_person_absent():
    history, future = moving(5), moving(3)
    future[:, :, 1:] = 0
    assert predictable(history, future).all()


def test_horizon_without_history():
    with pytest.raises(ValueError, match='5 frames leave no history to predict 5 frames from; put CropForecastFrames'):
        split_forecast(moving(5), 5)
