"""Who can be forecast, forecasts that need no learning, and how far off a forecast is."""

from typing import Tuple

import torch
from torch import Tensor


def predictable(history: Tensor, future: Tensor) -> Tensor:
    """Who counts in which frame of the future: who is there and has been seen before; absent is all zero.

    Args:
        history (Tensor): What was seen, ``(..., T, V, C)``, with persons among the leading dimensions.
        future (Tensor): What came, ``(..., horizon, V, C)``.

    Returns:
        Tensor: Boolean, ``(..., horizon)``.
    """
    return _present(future) & _present(history).any(dim=-1, keepdim=True)


def last_pose(history: Tensor) -> Tensor:
    """The pose in which each person was last seen: ``(..., T, V, C)`` to ``(..., V, C)``; zero if never."""
    return _pose_at(history, _last_seen(history))


def constant_pose(history: Tensor, horizon: int) -> Tensor:
    """Everybody stays as last seen.

    Args:
        history (Tensor): What was seen, ``(..., T, V, C)``.
        horizon (int): Frames to predict.

    Returns:
        Tensor: ``(..., horizon, V, C)``.
    """
    return last_pose(history).unsqueeze(-3).expand(*history.shape[:-3], horizon, *history.shape[-2:])


def constant_velocity(history: Tensor, horizon: int) -> Tensor:
    """Every joint goes on as it did between the last two frames in which its person was seen.

    Who was not there in the frame before the last one has no velocity. Who was last seen some frames before the
    history's end has moved on since.

    Args:
        history (Tensor): What was seen, ``(..., T, V, C)``.
        horizon (int): Frames to predict.

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
    """Distance between joints, averaged over the joints of a pose: ``(..., V, C)`` to ``(..., )``."""
    return torch.linalg.vector_norm(prediction - truth, dim=-1).mean(dim=-1)


def split_forecast(sequences: Tensor, horizon: int) -> Tuple[Tensor, Tensor]:
    """What is seen of sequences ``(..., T, V, C)`` and the ``horizon`` frames that follow."""
    if horizon >= sequences.size(-3):
        raise ValueError(
            f'{sequences.size(-3)} frames leave nothing to predict {horizon} frames from; '
            'put CropForecastFrames with the same horizon into the pipeline'
        )
    return sequences[..., :-horizon, :, :], sequences[..., -horizon:, :, :]


def _present(sequences: Tensor) -> Tensor:
    """Who is in which frame: ``(..., T, V, C)`` to booleans ``(..., T)``."""
    return sequences.flatten(-2).any(dim=-1)


def _last_seen(history: Tensor) -> Tensor:
    """The last frame each person is in, ``(...)``; the last one of all if they never are."""
    missed = _present(history).flip(-1).to(torch.uint8).argmax(dim=-1)
    return history.size(-3) - 1 - missed


def _pose_at(history: Tensor, frame: Tensor) -> Tensor:
    """One frame per person: ``(..., T, V, C)`` to ``(..., V, C)``."""
    return history.take_along_dim(frame[..., None, None, None], dim=-3).squeeze(-3)
