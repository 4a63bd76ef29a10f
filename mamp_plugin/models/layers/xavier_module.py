"""Where recurrent networks and prompts get their first weights from."""

from mmengine.model import BaseModule, update_init_info
from torch import nn


class XavierModule(BaseModule):
    """A module whose matrices are drawn Xavier-uniform; vectors begin as PyTorch begins them.

    mmengine's initialisers ask for layer types and look at their ``weight``, which a GRU does not have.
    """

    def init_weights(self) -> None:
        """Draws the matrices; ``init_cfg`` may say more."""
        if not self.is_init:
            for parameter in self.parameters():
                if parameter.ndim > 1:
                    nn.init.xavier_uniform_(parameter)
            if hasattr(self, '_params_init_info'):  # part of a model that logs where its weights are from
                update_init_info(self, 'Xavier-uniform matrices')
        super().init_weights()
