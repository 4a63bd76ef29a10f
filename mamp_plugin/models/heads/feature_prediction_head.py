"""Prediction head for the features of a teacher."""

from typing import List, Optional, Union

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import hidden_mean, with_linear_init

_LOSSES = dict(smooth_l1=F.smooth_l1_loss, mse=F.mse_loss)


@MODELS.register_module()
class FeaturePredictionHead(BaseModule):
    """Linear prediction of a teacher's feature for each token, trained on the hidden ones.

    The pretrainer fills in ``in_channels`` and ``out_channels``.

    Args:
        in_channels (int): Channels of a decoded token, ``D_dec``.
        out_channels (int): Channels of a teacher's feature, ``D``.
        loss (str): 'smooth_l1' or 'mse'. Defaults to 'smooth_l1'.
        init_cfg (dict or list[dict], optional): Initialization beyond the default. Defaults to None.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        loss: str = 'smooth_l1',
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(init_cfg=with_linear_init(init_cfg))
        if loss not in _LOSSES:
            raise ValueError(f"loss must be 'smooth_l1' or 'mse', got {loss!r}")
        self.loss_function = _LOSSES[loss]
        self.pred = nn.Linear(in_channels, out_channels)

    def forward(self, tokens: Tensor) -> Tensor:
        """Predict the features of tokens: ``(B, P, D_dec)`` to ``(B, P, D)``."""
        return self.pred(tokens)

    def loss(self, tokens: Tensor, targets: Tensor, ids_keep: Optional[Tensor] = None) -> Tensor:
        """Return the mean prediction error of the hidden tokens.

        Args:
            tokens (Tensor): Decoded tokens, ``(B, P, D_dec)``.
            targets (Tensor): Feature of each of them, ``(B, P, D)``.
            ids_keep (Tensor, optional): Indices of the visible tokens, ``(B, K)``, if all ``P = L`` tokens are decoded.
                Defaults to None: all ``P`` tokens are hidden.

        Returns:
            Tensor: A scalar.
        """
        error = self.loss_function(self(tokens).float(), targets, reduction='none')
        return hidden_mean(error.mean(dim=-1), ids_keep)
