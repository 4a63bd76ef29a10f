"""Masked feature prediction: the hidden tokens' features of an EMA teacher."""

from typing import Any, Dict, Optional

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import Teacher
from .base import SampleList
from .masked import MaskedPretrainer


def batch_std(features: Tensor, ids: Optional[Tensor] = None, num_tokens: int = 0) -> Tensor:
    """Return the standard deviation of features over the batch, averaged over tokens and channels.

    Args:
        features (Tensor): Features of all tokens, ``(B, L, D)``, or of the tokens ``ids``, ``(B, P, D)``.
        ids (Tensor, optional): Indices of the tokens, ``(B, P)``. A token is compared with the same token of other
            samples only. Defaults to None: all in token order.
        num_tokens (int): Number of tokens, ``L``, or more; needed with ``ids``.

    Returns:
        Tensor: A scalar; NaN if no token occurs twice in ``ids``.
    """
    if ids is None:
        return features.float().std(dim=0, correction=0).mean()
    tokens, values = ids.flatten(), features.float().flatten(0, 1)
    sums = values.new_zeros(num_tokens, values.size(1))
    count = sums[:, :1].index_add(0, tokens, torch.ones_like(values[:, :1]))
    centered = values - (sums.index_add(0, tokens, values) / count)[tokens]
    std = (sums.index_add(0, tokens, centered.square()) / count).sqrt()
    return std.where(count > 1, torch.nan).nanmean()


@MODELS.register_module()
class MaskedFeaturePrediction(MaskedPretrainer):
    """Prediction of a teacher's features of the hidden tokens, as in S-JEPA (ECCV 2024) and data2vec (ICML 2022).

    The student encodes the visible tokens. From them, a decoder and a head predict the features of the hidden tokens
    that an EMA copy of the encoder computes with all tokens visible. These targets are centered over time and
    layer-normalized without affine parameters.

    The log contains ``target_std`` and ``prediction_std``, the standard deviations of both over the batch. Values that
    fall to 0 mean collapse: all sequences have the same features. Then raise the momentum or lower the learning rate.

    Args:
        backbone (dict): Config of the backbone, a :class:`TokenBackbone` such as :class:`SkeletonTransformer`.
        masking (dict): Config of the masking, which selects the visible tokens.
        neck (dict): Config of the decoder, such as :class:`MotionDecoder` or :class:`QueryDecoder`.
        head (dict, optional): Config of the head. Defaults to ``dict(type='FeaturePredictionHead')``.
        momentum (float): EMA momentum of the teacher at the start of the run. Defaults to 0.996.
        end_momentum (float, optional): Momentum at the end of the run, reached along a cosine; None keeps it constant.
            Defaults to 1.
        center (bool): Center targets over time: what changes in a sequence is predicted. Defaults to True.
        **kwargs: As for :class:`MaskedPretrainer`: ``skip_empty_persons``, ``data_preprocessor``, ``init_cfg``,
            ``readout``.
    """

    accumulation_problem = 'the teacher advances with every batch'

    def __init__(
        self,
        backbone: dict,
        masking: dict,
        neck: dict,
        head: Optional[dict] = None,
        momentum: float = 0.996,
        end_momentum: Optional[float] = 1.0,
        center: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(backbone, masking, neck, head or dict(type='FeaturePredictionHead'), **kwargs)
        self.teacher = Teacher(self._student(), momentum, end_momentum)
        self.center = center

    def _student(self) -> Dict[str, nn.Module]:
        return dict(backbone=self.backbone)

    def init_weights(self) -> None:
        """Initialize the student and copy it to the teacher."""
        super().init_weights()
        self.teacher.copy(self._student())

    def train(self, mode: bool = True) -> 'MaskedFeaturePrediction':
        """Set training mode, except for the teacher, which applies no stochastic depth."""
        super().train(mode)
        self.teacher.eval()
        return self

    def head_facts(self) -> Dict[str, Any]:
        return dict(out_channels=self.backbone.out_channels)

    @torch.no_grad()
    def targets(self, sequences: Tensor, ids: Optional[Tensor] = None) -> Tensor:
        backbone: Any = self.teacher.backbone
        features = backbone.encode(backbone.cut(sequences)).float()
        if self.center:
            grid = features.unflatten(1, backbone.grid_of(sequences))
            features = (grid - grid.mean(dim=1, keepdim=True)).flatten(1, 2)
        if ids is not None:
            features = features.take_along_dim(ids.unsqueeze(-1), dim=1)
        return F.layer_norm(features, features.shape[-1:])

    def loss(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> Dict[str, Tensor]:
        if self.training:
            self.teacher.update(self._student())
        return super().loss(inputs, data_samples)

    def token_losses(
        self, tokens: Tensor, targets: Tensor, ids_keep: Tensor, ids: Optional[Tensor] = None
    ) -> Dict[str, Tensor]:
        with torch.no_grad():
            log = dict(target_std=self._std(targets, ids), prediction_std=self._std(self.head(tokens), ids))
        return dict(loss=self.head.loss(tokens, targets, ids_keep if ids is None else None), **log)

    def _std(self, features: Tensor, ids: Optional[Tensor]) -> Tensor:
        most_joints = max(self.backbone.joint_counts) // self.backbone.patch_size[1]
        return batch_std(features, ids, self.backbone.grid_size[0] * most_joints)
