"""Classifier of the linear protocol."""

from typing import Any, List, Optional, Union

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from .classification_head import ClassificationHead


@MODELS.register_module()
class LinearProbeHead(ClassificationHead):
    """Linear probe on the mean over all persons (absent ones included), time and joints, or on another readout.

    MAMP applies a batch norm without affine parameters to the mean. PCM3 does not, and classifies the last frame:
    ``norm=False`` on top of ``SkeletonGRU(last_frame_only=True)``. A probe on body parts::

        cls_head=dict(type='LinearProbeHead', num_classes=60, in_channels=256,
                      readout=dict(type='PartPool', layout='nturgb+d', segments=4))

    Args:
        num_classes (int): Number of classes.
        in_channels (int): Channels of the backbone's features, ``D``.
        norm (bool): Batch norm without affine parameters in front of the classifier. Defaults to True.
        init_cfg (dict or list[dict], optional): Initialization in place of
            ``dict(type='Normal', layer='Linear', std=0.01)``. Defaults to None.
        readout (dict, optional): Config of the pooling to one feature per sample, such as :class:`PartPool`;
            ``in_channels`` is filled in. Recipes take it, with the backbone's layout, from ``model.readout`` of the
            pretraining config. Defaults to None: the mean.
        whiten (int, optional): Components of a whitening in front of the classifier, which
            ``tools/analysis_tools/linear_probe.py`` fits on the training split and saves with the head. Defaults to
            None: no whitening.
        **kwargs: As for :class:`ClassificationHead`.
    """

    whitening_mean: Tensor
    whitening_projection: Tensor

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        norm: bool = True,
        init_cfg: Union[dict, List[dict], None] = None,
        readout: Optional[dict] = None,
        whiten: Optional[int] = None,
        **kwargs: Any,
    ) -> None:
        init_cfg = init_cfg or dict(type='Normal', layer='Linear', std=0.01)
        super().__init__(num_classes, in_channels, init_cfg=init_cfg, **kwargs)
        self.readout = None if readout is None else MODELS.build(dict(readout, in_channels=in_channels))
        width = in_channels if self.readout is None else self.readout.out_channels
        self.whiten = whiten
        if whiten is not None:
            self.register_buffer('whitening_mean', torch.full((width,), torch.nan))
            self.register_buffer('whitening_projection', torch.full((width, whiten), torch.nan))
            width = whiten
        self.norm = nn.BatchNorm1d(width, eps=1e-6, affine=False) if norm else None
        self.fc = nn.Linear(width, num_classes)

    def pool(self, feats: Tensor) -> Tensor:
        """Return the feature of each sample: ``(N, M, D, T', V')`` to ``(N, D)``; a readout sets the width."""
        self._check_channels(feats)
        return feats.mean(dim=(1, 3, 4)) if self.readout is None else self.readout(feats)

    def whitened(self, x: Tensor) -> Tensor:
        """Whiten pooled features, ``(..., D)`` to ``(..., whiten)``; unchanged without ``whiten``."""
        if self.whiten is None:
            return x
        if self.whitening_mean.isnan().any():
            raise ValueError(
                f'the whitening of LinearProbeHead(whiten={self.whiten}) is not fitted; train the head with '
                'tools/analysis_tools/linear_probe.py, or leave out whiten'
            )
        return (x - self.whitening_mean) @ self.whitening_projection

    def forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        """Map features ``(N, M, D, T', V')`` to logits ``(N, num_classes)``."""
        x = self.whitened(self.pool(x))
        return self.fc(x if self.norm is None else self._normalize(self.norm, x))
