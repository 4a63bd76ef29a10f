"""Parameter groups with layer-wise learning-rate decay and without weight decay on biases and norms."""

from typing import Dict, List, Optional, Protocol, Tuple, runtime_checkable

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS
from mmengine.logging import MMLogger
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper
from torch import nn


@runtime_checkable
class LayeredBackbone(Protocol):
    """Backbone that knows the depth of its layers, such as ``SkeletonBackbone``."""

    def get_layer_depth(self, param_name: str, prefix: str = 'backbone.') -> Tuple[int, int]:
        """Return the layer of a parameter, counted from the input, and the number of layers."""


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class LayerDecayOptimWrapperConstructor:
    """Optimizer constructor with layer-wise learning-rate decay.

    The learning rate of layer i of n is multiplied by ``layer_decay ** (n - 1 - i)``. ``get_layer_depth`` of the
    backbone returns i and n; heads belong to the last layer. One-dimensional parameters (biases, norms) have no weight
    decay. Parameters with the same settings share a group, so that fused and foreach optimizers work on long lists::

        optim_wrapper = dict(
            constructor='LayerDecayOptimWrapperConstructor',
            optimizer=dict(type='AdamW', lr=3e-4, weight_decay=0.05),
            paramwise_cfg=dict(layer_decay=0.8),
        )

    Args:
        optim_wrapper_cfg (dict): Config of the optimizer wrapper with its ``optimizer``.
        paramwise_cfg (dict, optional): ``layer_decay`` in (0, 1]. Defaults to None: 1, no layer-wise decay.
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: Optional[dict] = None) -> None:
        paramwise_cfg = dict(paramwise_cfg or {})
        self.layer_decay = paramwise_cfg.pop('layer_decay', 1.0)
        if paramwise_cfg:
            raise ValueError(
                f'paramwise_cfg of {type(self).__name__} supports layer_decay only, got {", ".join(paramwise_cfg)}; '
                "remove optim_wrapper.constructor to use mmengine's"
            )
        if not 0 < self.layer_decay <= 1:
            raise ValueError(f'layer_decay must lie in (0, 1], got {self.layer_decay}')
        self.optim_wrapper_cfg = dict(dict(type='OptimWrapper'), **optim_wrapper_cfg)
        self.optimizer_cfg = dict(self.optim_wrapper_cfg.pop('optimizer'))

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the optimizer wrapper of a model."""
        model = model.module if is_model_wrapper(model) else model
        optimizer = OPTIMIZERS.build({**self.optimizer_cfg, 'params': self.groups(model)})
        return OPTIM_WRAPPERS.build(self.optim_wrapper_cfg, default_args=dict(optimizer=optimizer))

    def groups(self, model: nn.Module) -> List[Dict]:
        """Return the parameter groups of a model, largest learning rate first."""
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
        if not isinstance(model.backbone, LayeredBackbone):
            raise TypeError(
                f'layer_decay={self.layer_decay} needs a backbone with get_layer_depth, got '
                f'{type(model.backbone).__name__}; set layer_decay=1'
            )
        layer, num_layers = model.backbone.get_layer_depth(name, prefix='backbone.')
        return self.layer_decay ** (num_layers - 1 - layer)
