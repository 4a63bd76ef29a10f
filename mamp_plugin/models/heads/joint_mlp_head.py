"""Classifier of MAMP's fine-tuning."""

from typing import Any, List, Union

from mmaction.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from mamp_plugin.skeletons import LayoutLike, get_layout

from ..layers import with_linear_init
from .classification_head import ClassificationHead


@MODELS.register_module()
class JointMLPHead(ClassificationHead):
    """MLP on the concatenated features of all joints, averaged over time and persons.

    Args:
        num_classes (int): Number of classes.
        in_channels (int): Channels of the backbone's features, ``D``.
        layout (str or dict): Skeleton layout of the backbone: name, dict or JSON file.
        joint_patch (int): Joints per patch of the backbone. Defaults to 1.
        hidden_dims (int): Channels of the hidden layer. Defaults to 2048.
        dropout (float): Dropout rate of the features. Defaults to 0.3.
        init_cfg (dict or list[dict], optional): Initialization beyond the default, which is Xavier-uniform. Defaults to
            None.
        **kwargs: As for :class:`ClassificationHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        layout: LayoutLike,
        joint_patch: int = 1,
        hidden_dims: int = 2048,
        dropout: float = 0.3,
        init_cfg: Union[dict, List[dict], None] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, init_cfg=with_linear_init(init_cfg), **kwargs)
        skeleton = get_layout(layout)
        self.layout = skeleton.name
        self.num_patches, rest = divmod(skeleton.num_joints, joint_patch)
        if rest:
            raise ValueError(
                f'joint_patch={joint_patch} does not divide the {skeleton.num_joints} joints of {skeleton.name!r}'
            )
        self.dropout = nn.Dropout(dropout)
        self.fc1 = nn.Linear(self.num_patches * in_channels, hidden_dims)
        self.bn = nn.BatchNorm1d(hidden_dims)
        self.fc2 = nn.Linear(hidden_dims, num_classes)

    def forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        """Map features ``(N, M, D, T', V')`` to logits ``(N, num_classes)``."""
        self._check_channels(x)
        if x.size(4) != self.num_patches:
            raise ValueError(
                f'the backbone gives features of {x.size(4)} joints or patches of joints, but model.cls_head is built '
                f'for {self.num_patches}; set layout (now {self.layout!r}) and joint_patch as for the backbone'
            )
        x = self.dropout(x).mean(dim=(1, 3))
        x = self.fc1(x.transpose(1, 2).flatten(1))  # concatenate joints
        return self.fc2(F.relu(self._normalize(self.bn, x)))
