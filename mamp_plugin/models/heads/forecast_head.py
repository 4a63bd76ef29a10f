"""Head of motion forecasting."""

from typing import List, Optional, Union

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from mamp_plugin.evaluation.forecast import joint_position_error, last_pose, predictable
from mamp_plugin.skeletons import LayoutLike, get_layout


@MODELS.register_module()
class ForecastHead(BaseModule):
    """Linear layer from the last features to the offsets of all future poses from the last observed pose.

    It is initialized with zeros, so that an untrained head predicts the last pose. From an encoder that keeps joints
    apart, it reads the last feature of each joint or patch of joints, with shared weights; from one that merges joints
    and persons, its last feature. :class:`SkeletonForecaster` fills in the facts about the encoder.

    The loss is the metric, the mean per-joint position error. A squared error would be dominated by the few joints
    that a sensor misplaces.

    Args:
        layout (str or dict): Skeleton layout: name, dict or JSON file.
        in_channels (int): Channels of a feature, ``D``.
        horizon (int): Frames to predict.
        num_persons (int): Persons per feature; 1 if each is encoded alone. Defaults to 1.
        joint_patch (int, optional): Joints per feature; None for all. Defaults to 1.
        coordinates (int): Coordinates per joint, ``C``. Defaults to 3.
        loss_weight (float): Weight of the loss. Defaults to 1.
        init_cfg (dict or list[dict], optional): Initialization config. Defaults to None, for zeros.
    """

    def __init__(
        self,
        layout: LayoutLike,
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
        skeleton = get_layout(layout)
        self.num_joints = skeleton.num_joints
        joint_patch = self.num_joints if joint_patch is None else joint_patch
        if self.num_joints % joint_patch:
            raise ValueError(
                f'joint_patch={joint_patch} does not divide the {self.num_joints} joints of {skeleton.name!r}'
            )
        self.horizon = horizon
        self.loss_weight = loss_weight
        #: axes of the values predicted from one feature
        self.block = (num_persons, joint_patch, horizon, coordinates)
        self.offset = nn.Linear(in_channels, num_persons * joint_patch * horizon * coordinates)

    def forward(self, features: Tensor) -> Tensor:
        """Predict offsets from the last observed pose.

        Args:
            features (Tensor): Features of the history, ``(N, M', D, T', V')``.

        Returns:
            Tensor: ``(N, M, horizon, V, C)`` with ``M`` = ``M'`` * ``num_persons``.
        """
        if features.size(4) * self.block[1] != self.num_joints:
            raise ValueError(
                f'ForecastHead expects features of {self.num_joints // self.block[1]} patches of {self.block[1]} '
                f"joints, got {tuple(features.shape)} as (N, M, D, T', V'); set layout and joint_patch of the head"
            )
        offsets = self.offset(features[:, :, :, -1].transpose(2, 3)).unflatten(-1, self.block)
        # (N, M', V', persons, joints, horizon, C): move persons behind M' and joints behind V', then flatten
        return offsets.permute(0, 1, 3, 5, 2, 4, 6).flatten(4, 5).flatten(1, 2).float()

    def predict(self, features: Tensor, history: Tensor) -> Tensor:
        """Predict poses.

        Args:
            features (Tensor): Features of the history, ``(N, M', D, T', V')``.
            history (Tensor): Observed coordinates, ``(N, M, T, V, C)``.

        Returns:
            Tensor: ``(N, M, horizon, V, C)``.
        """
        return last_pose(history).unsqueeze(2) + self(features)[:, : history.size(1)]

    def loss(self, features: Tensor, history: Tensor, future: Tensor) -> Tensor:
        """Return the mean per-joint position error over the predictable persons and frames; 0 if there are none.

        Args:
            features (Tensor): Features of the history, ``(N, M', D, T', V')``.
            history (Tensor): Observed coordinates, ``(N, M, T, V, C)``.
            future (Tensor): True coordinates, ``(N, M, horizon, V, C)``.

        Returns:
            Tensor: The loss, a scalar.
        """
        error = joint_position_error(self.predict(features, history), future)
        counts = predictable(history, future)
        return self.loss_weight * (error * counts).sum() / counts.sum().clamp(min=1)
