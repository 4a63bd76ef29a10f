"""MAMP: masked motion prediction."""

from typing import Any, Dict, Optional

from mmaction.registry import MODELS
from torch import Tensor

from .masked import MaskedPretrainer


@MODELS.register_module()
class MAMP(MaskedPretrainer):
    """Masked motion prediction, `Masked Motion Predictors are Strong 3D Action Representation Learners
    <https://arxiv.org/abs/2308.07092>`_ (ICCV 2023).

    The head is a :class:`MotionPredictionHead`. Where nothing moves (an absent person, a clip of a single patch), all
    tokens are hidden with the same probability.

    Arguments as for :class:`MaskedPretrainer`.

    Example:
        >>> model = MODELS.build(dict(
        ...     type='MAMP',
        ...     backbone=dict(type='SkeletonTransformer', layout='nturgb+d', num_frames=120, embed_dims=256, depth=8,
        ...                   num_heads=8, temporal_patch=4),
        ...     masking=dict(type='MotionAwareMasking', ratio=0.9),
        ...     neck=dict(type='MotionDecoder'),
        ...     head=dict(type='MotionPredictionHead')))
        >>> losses = model(torch.randn(2, 1, 2, 120, 25, 3), mode='loss')
    """

    def head_facts(self) -> Dict[str, Any]:
        return dict(coordinates=self.coordinates, patch_size=self.backbone.patch_size)

    def targets(self, sequences: Tensor, ids: Optional[Tensor] = None) -> Tensor:
        return self.head.targets(sequences[..., : self.coordinates], ids)
