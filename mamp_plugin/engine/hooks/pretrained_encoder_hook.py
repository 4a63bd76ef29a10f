"""Starts a downstream task from a pretrained encoder, or says why that cannot be."""

from typing import Iterator

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from torch import nn

from ..checkpoints.encoder import Encoder, check_complete, compare, describe, take_encoder, weights_in


@HOOKS.register_module()
class PretrainedEncoderHook(Hook):
    """Looks at the checkpoint of ``load_from`` before it is loaded.

    mmengine loads what fits, logs what does not and goes on, so that a model may be trained or tested with random
    weights. With this hook

    - training takes the whole checkpoint if it is of the whole model, else its encoder, which must fit the backbone;
      only what belongs to the joints of another skeleton layout is left out, with a warning;
    - testing needs a checkpoint of the whole model;
    - resuming is left alone;
    - training a head on a frozen encoder without any checkpoint is warned of.

    Args:
        prefix (str): What the names of the encoder begin with in a pretrained model. Defaults to 'backbone.'.
    """

    def __init__(self, prefix: str = 'backbone.') -> None:
        self.prefix = prefix
        self.has_loaded = False

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        self.has_loaded = True
        # the runner's properties would build a train loop for a test
        training = isinstance(runner._train_loop, BaseLoop)
        if training and runner._resume:
            return
        source = runner._load_from or 'the checkpoint'
        model, weights = _unwrapped(runner), weights_in(checkpoint)
        missing, _, reshaped = compare(weights, model)
        if not training:
            check_complete(weights, model, source)
        elif missing or reshaped:
            encoder = take_encoder(weights, model.backbone, self.prefix, source)
            self._report(runner, encoder, model.backbone, source)
            taken = {f'backbone.{name}': value for name, value in encoder.weights.items()}
            # mmengine complains about what is missing; the model's own values are what it would keep anyway
            weights = {**model.state_dict(), **taken}
        checkpoint['state_dict'] = weights

    def before_train(self, runner: Runner) -> None:
        """Warns if nothing was loaded for an encoder that will not learn anything either."""
        model = _unwrapped(runner)
        frozen = hasattr(model, 'backbone') and not any(part.requires_grad for part in model.backbone.parameters())
        if frozen and not self.has_loaded and not any(cfg.get('type') == 'Pretrained' for cfg in _init_cfgs(model)):
            runner.logger.warning(
                'no checkpoint was loaded: the frozen encoder has random weights. '
                'Give a pretrained one by --cfg-options load_from=CHECKPOINT'
            )

    def _report(self, runner: Runner, encoder: Encoder, backbone: nn.Module, source: str) -> None:
        dropped = f'; not taken: {", ".join(encoder.dropped)}' if encoder.dropped else ''
        runner.logger.info(f"{len(encoder.weights)} weights of the encoder ('{self.prefix}') from {source}{dropped}")
        if encoder.left_out:
            trained = dict(backbone.named_parameters())
            frozen = any(name in trained and not trained[name].requires_grad for name in encoder.left_out)
            runner.logger.warning(
                f'{source} is of another skeleton layout: {describe(encoder.left_out, len(encoder.left_out))}. '
                'These start from random weights'
                + (' and stay so, because they are frozen; set model.backbone.frozen_stages=-1' if frozen else '')
            )


def _unwrapped(runner: Runner) -> nn.Module:
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def _init_cfgs(model: nn.Module) -> Iterator[dict]:
    """What the modules of a model are told about their first weights."""
    for module in model.modules():
        cfg = getattr(module, 'init_cfg', None) or []
        yield from [cfg] if isinstance(cfg, dict) else cfg
