"""Initial weights that mmengine's initializers do not cover."""

from typing import List, Union

from mmengine.model import BaseModule, update_init_info
from torch import Tensor, nn

#: Initialization of all linear layers of MAMP: encoder, decoder and prediction head.
LINEAR_INIT = dict(type='Xavier', layer='Linear', distribution='uniform')


def with_linear_init(init_cfg: Union[dict, List[dict], None]) -> List[dict]:
    """Prepend the Xavier initialization of linear layers to a user's ``init_cfg``."""
    if init_cfg is None:
        return [LINEAR_INIT]
    return [LINEAR_INIT, *([init_cfg] if isinstance(init_cfg, dict) else init_cfg)]


def init_table(table: Tensor) -> None:
    """Initialize a position table or a mask token in place: truncated normal, std 0.02."""
    nn.init.trunc_normal_(table, std=0.02)


class InitializedModule(BaseModule):
    """Base of modules that initialize some parameters themselves, before ``init_cfg`` is applied.

    mmengine's initializers select layers by type and set their ``weight``; they reach neither the matrices of a GRU nor
    parameters that belong to no layer.
    """

    #: Description of :meth:`init_parameters` for mmengine's log of initial weights.
    init_info = ''

    def init_parameters(self) -> None:
        """Initialize the parameters that no ``init_cfg`` reaches."""
        raise NotImplementedError

    def init_weights(self) -> None:
        """Initialize all parameters."""
        if not self.is_init:
            self.init_parameters()
            # set by mmengine on the parts of a model that logs its initialization, absent on modules used alone
            if hasattr(self, '_params_init_info'):
                update_init_info(self, self.init_info)
        super().init_weights()


class XavierModule(InitializedModule):
    """Module whose matrices are initialized Xavier-uniform; vectors keep PyTorch's default."""

    init_info = 'Xavier-uniform matrices'

    def init_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                nn.init.xavier_uniform_(parameter)
