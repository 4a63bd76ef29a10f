"""Predicts where joints will be, from what an encoder has seen last."""

from typing import List, Optional, Union

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from mamp_plugin.evaluation.forecast import joint_position_error, last_pose, predictable
from mamp_plugin.skeletons import get_layout


@MODELS.register_module()
class ForecastHead(BaseModule):
    """One linear layer from the last features to the offsets of all coming poses from the last seen one.

    It begins with zeros, so that an untrained head predicts that everybody stays as they are. What it reads depends on
    the encoder: of one that keeps joints apart, the last feature of each joint or patch of joints, by the same weights
    for all; of one that merges joints and persons, its last feature. :class:`SkeletonForecaster` fills in what the
    encoder tells of itself.

    The loss is what is measured afterwards, the mean distance between predicted and true joints: squared, a few joints
    that a sensor lets jump would outweigh all others.

    Args:
        layout (str): Name of the skeleton layout; says how many joints there are.
        in_channels (int): Channels of a feature, ``D``.
        horizon (int): Frames to predict.
        num_persons (int): Persons that share a feature; 1 if the encoder keeps them apart. Defaults to 1.
        joint_patch (int, optional): Joints that share a feature; None if all do. Defaults to 1.
        coordinates (int): Coordinates per joint, ``C``. Defaults to 3.
        loss_weight (float): Weight of the loss. Defaults to 1.
        init_cfg (dict or list[dict], optional): Initialization config. Defaults to None, which means zeros.
    """

    def __init__(
        self,
        layout: str,
        in_channels: int,
        horizon: int,
        num_persons: int = 1,
        joint_patch: Optional[int] = 1,
        coordinates: int = 3,
        loss_weight: float = 1.0,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg or dict(type='Constant', layer='Linear', val=0.0))
        if horizon < 1:
            raise ValueError(f'horizon must be at least 1 frame, got {horizon}')
        self.num_joints = get_layout(layout).num_joints
        joint_patch = self.num_joints if joint_patch is None else joint_patch
        if self.num_joints % joint_patch:
            raise ValueError(f'joint_patch={joint_patch} does not divide the {self.num_joints} joints of {layout!r}')
        self.horizon = horizon
        self.loss_weight = loss_weight
        #: what the values of one feature are
        self.block = (num_persons, joint_patch, horizon, coordinates)
        self.offset = nn.Linear(in_channels, num_persons * joint_patch * horizon * coordinates)

    def forward(self, features: Tensor) -> Tensor:
        """Predicts offsets from the last seen pose.

        Args:
            features (Tensor): What the encoder made of the history, ``(N, M', D, T', V')``.

        Returns:
            Tensor: ``(N, M, horizon, V, C)``, with as many persons as share features, or as the features have.
        """
        if features.size(4) * self.block[1] != self.num_joints:
            raise ValueError(
                f'ForecastHead expects features of {self.num_joints // self.block[1]} patches of {self.block[1]} '
                f"joints, got {tuple(features.shape)} as (N, M, D, T', V'); set layout and joint_patch of the head"
            )
        offsets = self.offset(features[:, :, :, -1].transpose(2, 3)).unflatten(-1, self.block)
        # (N, M', V', persons, joints, horizon, C): persons and joints come next to those they are part of
        return offsets.permute(0, 1, 3, 5, 2, 4, 6).flatten(4, 5).flatten(1, 2).float()

    def predict(self, features: Tensor, history: Tensor) -> Tensor:
        """Predicts poses.

        Args:
            features (Tensor): What the encoder made of the history, ``(N, M', D, T', V')``.
            history (Tensor): What was seen, ``(N, M, T, V, C)``.

        Returns:
            Tensor: ``(N, M, horizon, V, C)``.
        """
        return last_pose(history).unsqueeze(2) + self(features)[:, : history.size(1)]

    def loss(self, features: Tensor, history: Tensor, future: Tensor) -> Tensor:
        """Mean distance between joints, over the persons and frames that can be predicted; 0 if there are none.

        Args:
            features (Tensor): What the encoder made of the history, ``(N, M', D, T', V')``.
            history (Tensor): What was seen, ``(N, M, T, V, C)``.
            future (Tensor): What came, ``(N, M, horizon, V, C)``.

        Returns:
            Tensor: The loss, a scalar.
        """
        error = joint_position_error(self.predict(features, history), future)
        counts = predictable(history, future)
        return self.loss_weight * (error * counts).sum() / counts.sum().clamp(min=1)
