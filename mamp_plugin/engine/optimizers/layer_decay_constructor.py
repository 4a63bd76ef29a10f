"""Parameter groups for transformers: no weight decay on vectors, smaller learning rates near the input."""

from typing import Dict, List, Optional, Tuple

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS
from mmengine.logging import MMLogger
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper
from torch import nn


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class LayerDecayOptimWrapperConstructor:
    """Groups parameters by learning rate and weight decay.

    One-dimensional parameters (biases, norms) are not decayed. A parameter of layer i of n has its learning rate
    multiplied by ``layer_decay ** (n - 1 - i)``; the backbone says by ``get_layer_depth(name)`` which layer it is,
    and whatever is not of the backbone belongs to the last. Parameters that would be treated alike share a group, so
    fused and foreach optimisers have something to fuse.

    Args:
        optim_wrapper_cfg (dict): Config of the wrapper with its ``optimizer``.
        paramwise_cfg (dict, optional): ``layer_decay`` (defaults to 1, the same rate everywhere).
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: Optional[dict] = None) -> None:
        paramwise_cfg = dict(paramwise_cfg or {})
        self.layer_decay = paramwise_cfg.pop('layer_decay', 1.0)
        if paramwise_cfg:
            raise ValueError(
                f'paramwise_cfg of {type(self).__name__} knows layer_decay, not {", ".join(paramwise_cfg)}; '
                "leave out optim_wrapper.constructor to use mmengine's"
            )
        if not 0 < self.layer_decay <= 1:
            raise ValueError(f'layer_decay must lie in (0, 1], got {self.layer_decay}')
        self.optim_wrapper_cfg = dict(dict(type='OptimWrapper'), **optim_wrapper_cfg)
        self.optimizer_cfg = dict(self.optim_wrapper_cfg.pop('optimizer'))

    def __call__(self, model: nn.Module) -> OptimWrapper:
        model = model.module if is_model_wrapper(model) else model
        optimizer = OPTIMIZERS.build({**self.optimizer_cfg, 'params': self.groups(model)})
        return OPTIM_WRAPPERS.build(self.optim_wrapper_cfg, default_args=dict(optimizer=optimizer))

    def groups(self, model: nn.Module) -> List[Dict]:
        """The parameter groups of a model, those near the output first."""
        lr, weight_decay = self.optimizer_cfg['lr'], self.optimizer_cfg.get('weight_decay', 0.0)
        groups: Dict[Tuple[float, float], List[nn.Parameter]] = {}
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                key = self._scale(model, name), weight_decay if parameter.ndim > 1 else 0.0
                groups.setdefault(key, []).append(parameter)
        groups = dict(sorted(groups.items(), key=lambda item: item[0], reverse=True))
        for (scale, decay), parameters in groups.items():
            MMLogger.get_current_instance().info(
                f'{len(parameters)} parameters with learning rate {lr * scale:g} and weight decay {decay:g}'
            )
        return [
            dict(params=parameters, lr=lr * scale, weight_decay=decay) for (scale, decay), parameters in groups.items()
        ]

    def _scale(self, model: nn.Module, name: str) -> float:
        if self.layer_decay == 1:
            return 1.0
        if not hasattr(model.backbone, 'get_layer_depth'):
            raise TypeError(
                f'layer_decay={self.layer_decay} needs a backbone that knows the depth of its layers '
                f'(get_layer_depth); {type(model.backbone).__name__} does not, so set layer_decay=1'
            )
        layer, num_layers = model.backbone.get_layer_depth(name, prefix='backbone.')
        return self.layer_decay ** (num_layers - 1 - layer)
