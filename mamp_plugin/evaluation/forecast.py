"""Motion forecasting: baselines without learning, joint position error, and the persons it counts."""

from typing import Tuple

import torch
from torch import Tensor


def predictable(history: Tensor, future: Tensor) -> Tensor:
    """Return a mask of the persons that count in each future frame: present there and seen in the history.

    A person is absent from a frame if all coordinates are zero.

    Args:
        history (Tensor): Observed sequences, ``(..., T, V, C)``, with persons among the leading dimensions.
        future (Tensor): Sequences to predict, ``(..., horizon, V, C)``.

    Returns:
        Tensor: Boolean, ``(..., horizon)``.
    """
    return _present(future) & _present(history).any(dim=-1, keepdim=True)


def last_pose(history: Tensor) -> Tensor:
    """Return the last observed pose of each person, zero if never present: ``(..., T, V, C)`` to ``(..., V, C)``."""
    return _pose_at(history, _last_seen(history))


def constant_pose(history: Tensor, horizon: int) -> Tensor:
    """Predict that each person keeps the last observed pose.

    Args:
        history (Tensor): Observed sequences, ``(..., T, V, C)``.
        horizon (int): Number of frames to predict.

    Returns:
        Tensor: ``(..., horizon, V, C)``.
    """
    return last_pose(history).unsqueeze(-3).expand(*history.shape[:-3], horizon, *history.shape[-2:])


def constant_velocity(history: Tensor, horizon: int) -> Tensor:
    """Predict that each joint keeps the velocity between the last two observed frames of its person.

    The velocity is zero if the person was absent in the second to last of them. Persons last seen before the end of
    the history move on from that frame.

    Args:
        history (Tensor): Observed sequences, ``(..., T, V, C)``.
        horizon (int): Number of frames to predict.

    Returns:
        Tensor: ``(..., horizon, V, C)``.
    """
    last = _last_seen(history)
    before = (last - 1).clamp(min=0)
    known = _present(history).gather(-1, before.unsqueeze(-1)).unsqueeze(-1)
    pose = _pose_at(history, last)
    velocity = torch.where(known, pose - _pose_at(history, before), torch.zeros_like(pose))
    missed = history.size(-3) - 1 - last
    steps = missed.unsqueeze(-1) + torch.arange(1, horizon + 1, device=history.device)
    return pose.unsqueeze(-3) + steps[..., None, None] * velocity.unsqueeze(-3)


def joint_position_error(prediction: Tensor, truth: Tensor) -> Tensor:
    """Return the Euclidean distance of joints, averaged over a pose: ``(..., V, C)`` to ``(..., )``."""
    return torch.linalg.vector_norm(prediction - truth, dim=-1).mean(dim=-1)


def split_forecast(sequences: Tensor, horizon: int) -> Tuple[Tensor, Tensor]:
    """Split sequences ``(..., T, V, C)`` into the history and the last ``horizon`` frames."""
    if horizon >= sequences.size(-3):
        raise ValueError(
            f'{sequences.size(-3)} frames leave no history to predict {horizon} frames from; '
            'put CropForecastFrames with the same horizon into the pipeline'
        )
    return sequences[..., :-horizon, :, :], sequences[..., -horizon:, :, :]


def _present(sequences: Tensor) -> Tensor:
    """Return a mask of the frames in which each person is present: ``(..., T, V, C)`` to ``(..., T)``."""
    return sequences.flatten(-2).any(dim=-1)


def _last_seen(history: Tensor) -> Tensor:
    """Return the last frame in which each person is present, ``(...)``; the last frame if never."""
    missed = _present(history).flip(-1).to(torch.uint8).argmax(dim=-1)
    return history.size(-3) - 1 - missed


def _pose_at(history: Tensor, frame: Tensor) -> Tensor:
    """Select one frame per person: ``(..., T, V, C)`` to ``(..., V, C)``."""
    return history.take_along_dim(frame[..., None, None, None], dim=-3).squeeze(-3)
