"""The encoder of the keys, which follows the encoder of the queries slowly."""

from copy import deepcopy

import torch
from mmengine.model import BaseModule
from torch import nn


class MomentumEncoder(BaseModule):
    """A copy of backbone and projector that is moved towards them before each use.

    Only parameters are moved: what its batch norms have seen is its own. That is what mmengine's averaged models cannot
    express: they either average the buffers too or overwrite them with those of the model that is averaged.

    Args:
        backbone (nn.Module): The backbone of the queries.
        projector (nn.Module): The projector of the queries.
        momentum (float): What stays of the copy when it is moved.
    """

    def __init__(self, backbone: nn.Module, projector: nn.Module, momentum: float) -> None:
        super().__init__()
        if not 0 <= momentum <= 1:
            raise ValueError(f'momentum must lie in [0, 1], got {momentum}')
        self.backbone = deepcopy(backbone).requires_grad_(False)
        self.projector = deepcopy(projector).requires_grad_(False)
        self.momentum = momentum

    def init_weights(self) -> None:
        """Nothing: the pretrainer copies the weights once those of the queries are drawn."""

    def copy(self, backbone: nn.Module, projector: nn.Module) -> None:
        """Takes over parameters and buffers."""
        self.backbone.load_state_dict(backbone.state_dict())
        self.projector.load_state_dict(projector.state_dict())

    @torch.no_grad()
    def follow(self, backbone: nn.Module, projector: nn.Module) -> None:
        """Moves the parameters a small step."""
        for own, other in ((self.backbone, backbone), (self.projector, projector)):
            for parameter, source in zip(own.parameters(), other.parameters()):
                parameter.lerp_(source, 1 - self.momentum)
