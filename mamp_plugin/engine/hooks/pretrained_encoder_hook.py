"""Hook that starts downstream tasks from a pretrained encoder and explains checkpoints that do not fit."""

from typing import Iterator

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from torch import nn

from ..checkpoints.encoder import Encoder, check_complete, compare, describe, take_encoder
from ..checkpoints.loading import weights_in


@HOOKS.register_module()
class PretrainedEncoderHook(Hook):
    """Check of the checkpoint in ``load_from`` before it is loaded.

    mmengine loads the weights that fit and only logs the others, so a model may silently be trained or tested with
    random weights. With this hook

    - training loads a checkpoint of the whole model completely; of any other it loads the encoder, which must fit the
      backbone. Only weights that belong to the joints of another skeleton layout are left out, with a warning;
    - testing requires a checkpoint of the whole model;
    - resuming is not affected;
    - training on a frozen backbone without a checkpoint logs a warning.

    Works with any backbone; ``SkeletonBackbone`` describes the attributes that other backbones may lack.

    Args:
        prefix (str): Prefix of the encoder's names in a pretrained model. Defaults to 'backbone.'.
    """

    def __init__(self, prefix: str = 'backbone.') -> None:
        self.prefix = prefix
        self.has_loaded = False

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Replace the state dict of the checkpoint by the weights to load."""
        self.has_loaded = True
        # not runner.train_loop, which would build the loop during a test
        training = isinstance(runner._train_loop, BaseLoop)
        if training and runner._resume:
            return
        source = runner._load_from or 'the checkpoint'
        model, weights = _unwrapped(runner), weights_in(checkpoint, source)
        missing, _, reshaped = compare(weights, model)
        if not training:
            check_complete(weights, model, source)
        elif missing or reshaped:
            encoder = take_encoder(weights, model.backbone, self.prefix, source)
            self._report(runner, encoder, model.backbone, source)
            taken = {f'backbone.{name}': value for name, value in encoder.weights.items()}
            # mmengine would warn of missing weights, so the model's own are filled in
            weights = {**model.state_dict(), **taken}
        checkpoint['state_dict'] = weights

    def before_train(self, runner: Runner) -> None:
        """Warn of a frozen backbone with random weights."""
        model = _unwrapped(runner)
        frozen = hasattr(model, 'backbone') and not any(part.requires_grad for part in model.backbone.parameters())
        if frozen and not self.has_loaded and not any(cfg.get('type') == 'Pretrained' for cfg in _init_cfgs(model)):
            runner.logger.warning(
                'no checkpoint was loaded: the frozen backbone has random weights; '
                'load a pretrained one by --cfg-options load_from=CHECKPOINT'
            )

    def _report(self, runner: Runner, encoder: Encoder, backbone: nn.Module, source: str) -> None:
        dropped = f'; not loaded: {", ".join(encoder.dropped)}' if encoder.dropped else ''
        runner.logger.info(f"{len(encoder.weights)} weights of the encoder ('{self.prefix}') from {source}{dropped}")
        if encoder.left_out:
            trained = dict(backbone.named_parameters())
            frozen = any(name in trained and not trained[name].requires_grad for name in encoder.left_out)
            runner.logger.warning(
                f'{source} is of another skeleton layout: {describe(encoder.left_out, len(encoder.left_out))}. '
                'These start from random weights'
                + (' and stay frozen; set model.backbone.frozen_stages=-1 to train them' if frozen else '')
            )


def _unwrapped(runner: Runner) -> nn.Module:
    """Return the model without its data-parallel wrapper."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def _init_cfgs(model: nn.Module) -> Iterator[dict]:
    """Iterate over the initialization configs of all modules of a model."""
    for module in model.modules():
        cfg = getattr(module, 'init_cfg', None) or []
        yield from [cfg] if isinstance(cfg, dict) else cfg
