"""Hook that starts downstream tasks from a pretrained encoder and explains checkpoints that do not fit."""

from itertools import zip_longest
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import PretrainedInit, is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from mmengine.runner.checkpoint import find_latest_checkpoint
from torch import nn

from ..checkpoints.encoder import Encoder, check_complete, compare, describe, take_encoder, under
from ..checkpoints.loading import Weights, load, weights_in
from ..checkpoints.resumption import check_resumable, describe_kept_schedule, take_new_schedule
from ..checkpoints.settings import check_settings, plain_settings


@HOOKS.register_module()
class PretrainedEncoderHook(Hook):
    """Check of the checkpoints in ``load_from`` and ``init_cfg`` before they are loaded.

    mmengine loads the weights that fit and only logs the others, so a model may silently be trained or tested with
    random weights. With this hook

    - training loads a checkpoint of the whole model completely; of any other it loads the encoder, which must fit the
      backbone. Only weights that belong to the joints of another skeleton layout are left out, with a warning;
    - so must a checkpoint of ``init_cfg=dict(type='Pretrained', ...)``, of the backbone or of any other module;
    - checkpoints record the config of the backbone as ``meta['encoder']``, and other settings with which the same
      weights would compute something else, such as another ``num_heads``, are refused;
    - testing requires a checkpoint of the whole model;
    - classes of training data and test data, if they have names, must be numbered alike;
    - resuming requires a checkpoint with the state of a run, and warns of a schedule of another length, unless
      ``new_schedule`` of the config says to go on with the schedule of the config;
    - every training logs where its weights come from, and warns of a frozen backbone with random weights.

    Works with any backbone; ``SkeletonBackbone`` describes the attributes that other backbones may lack.

    Args:
        prefix (str): Prefix of the encoder's names in a pretrained model. Defaults to 'backbone.'.
        free_settings (Sequence[str]): Settings of a backbone of your own that may differ from those in pretraining.
            Defaults to none.
    """

    def __init__(self, prefix: str = 'backbone.', free_settings: Sequence[str] = ()) -> None:
        self.prefix = prefix
        self.free_settings = free_settings
        self.origin: Optional[str] = None

    def before_run(self, runner: Runner) -> None:
        """Check the checkpoints of ``init_cfg``, which mmengine loads next if the run starts anew."""
        if not _is_training(runner) or runner.iter > 0 or _resumed_from(runner):
            return
        model = _unwrapped(runner)
        origins = [self._check_init(runner, *found) for found in _pretrained(model)]
        self.origin = ', '.join(dict.fromkeys(origins))

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Replace the state dict of the checkpoint by the weights to load."""
        resumed = _resumed_from(runner) if _is_training(runner) else None
        source = resumed or runner._load_from or 'the checkpoint'
        model, weights = _unwrapped(runner), weights_in(checkpoint, source)
        if resumed:
            check_resumable(checkpoint, source)
            self._check_settings(runner, checkpoint, source)
            self.origin = f'resumed from {source} (epoch {checkpoint["meta"]["epoch"]})'
            if runner.cfg.get('new_schedule'):
                take_new_schedule(checkpoint, runner.param_schedulers)
            warning = describe_kept_schedule(checkpoint, runner.param_schedulers, source)
            if warning:
                runner.logger.warning(warning)
            return
        if _is_training(runner):
            encoder = self._encoder(weights, model, '', source)
            if encoder is not None:
                dropped = f'; not loaded: {", ".join(encoder.dropped)}' if encoder.dropped else ''
                count = f"{len(encoder.weights)} weights of the encoder ('{self.prefix}')"
                runner.logger.info(f'{count} from {source}{dropped}')
                _warn_of_layout(runner, encoder, model.backbone, source)
                taken = {f'backbone.{name}': value for name, value in encoder.weights.items()}
                # mmengine would warn of missing weights, so the model's own are filled in
                weights = {**model.state_dict(), **taken}
            self.origin = source if encoder is None else f'encoder of {source}'
        else:
            check_complete(weights, model, source)
            facts = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
            if hasattr(model, 'cls_head'):
                dataset = (runner.test_loop if runner._test_loop is not None else runner.val_loop).dataloader.dataset
                _check_classes(facts, getattr(dataset, 'metainfo', {}), source)
        self._check_settings(runner, checkpoint, source)
        checkpoint['state_dict'] = weights

    def before_train(self, runner: Runner) -> None:
        """Check the classes, log where the weights come from, and warn of a frozen backbone with random weights."""
        model = _unwrapped(runner)
        if hasattr(model, 'cls_head') and runner.val_loop is not None:
            loops: Any = (runner.train_loop, runner.val_loop)
            trained, tested = (getattr(loop.dataloader.dataset, 'metainfo', {}) for loop in loops)
            _check_classes(trained, tested, 'the training data')
        # an init_cfg that a backbone of mmaction2 sets when it is initialized is not in the origin
        origin = self.origin or ', '.join(str(cfg['checkpoint']) for _, _, cfg in _pretrained(model)) or 'random'
        runner.logger.info(f'weights: {origin}')
        frozen = hasattr(model, 'backbone') and not any(part.requires_grad for part in model.backbone.parameters())
        if frozen and origin == 'random':
            runner.logger.warning(
                'no checkpoint was loaded: the frozen backbone has random weights; '
                'load a pretrained one by --cfg-options load_from=CHECKPOINT'
            )

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Record the config of the backbone."""
        cfg = _backbone_cfg(runner)
        if cfg is not None:
            checkpoint['meta']['encoder'] = plain_settings(cfg)

    def _check_init(self, runner: Runner, name: str, module: nn.Module, cfg: dict) -> str:
        """Check a checkpoint of ``init_cfg``; return the origin of the module's weights."""
        source, prefix = cfg['checkpoint'], cfg.get('prefix') or ''
        prefix += '.' * (prefix != '' and not prefix.endswith('.'))  # as mmengine reads it
        checkpoint = load(source)
        weights, model = weights_in(checkpoint, source), _unwrapped(runner)
        if module is model and hasattr(model, 'backbone'):
            encoder, module = self._encoder(weights, model, prefix, source), model.backbone
        else:
            encoder = take_encoder(weights, module, prefix, source, f'model.{name}'.rstrip('.'))
        is_encoder = module is getattr(model, 'backbone', None)
        if is_encoder:
            self._check_settings(runner, checkpoint, source)
        if encoder is None:
            return source
        _warn_of_layout(runner, encoder, module, source)
        return f'{"encoder" if is_encoder else name or "model"} of {source}'

    def _encoder(self, weights: Weights, model: nn.Module, prefix: str, source: str) -> Optional[Encoder]:
        """Return the encoder in the weights below a prefix, or None if they are those of the whole model."""
        missing, _, reshaped = compare(under(weights, prefix), model)
        if not missing and not reshaped:
            return None
        return take_encoder(weights, model.backbone, prefix + self.prefix, source)

    def _check_settings(self, runner: Runner, checkpoint: Dict[str, Any], source: str) -> None:
        cfg, meta = _backbone_cfg(runner), checkpoint.get('meta')
        if cfg is not None and isinstance(meta, dict):
            check_settings(meta.get('encoder'), cfg, _unwrapped(runner).backbone, source, self.free_settings)


def _warn_of_layout(runner: Runner, encoder: Encoder, module: nn.Module, source: str) -> None:
    """Warn of weights that are left out because they belong to the joints of another skeleton layout."""
    if not encoder.left_out:
        return
    trained = dict(module.named_parameters())
    frozen = any(name in trained and not trained[name].requires_grad for name in encoder.left_out)
    runner.logger.warning(
        f'{source} is of another skeleton layout: {describe(encoder.left_out, len(encoder.left_out))}. '
        'These start from random weights'
        + (' and stay frozen; set model.backbone.frozen_stages=-1 to train them' if frozen else '')
    )


def _check_classes(trained: Any, tested: Any, source: str) -> None:
    """Check that two data sets whose classes have names number them alike.

    Args:
        trained (Mapping): Metadata of the training data.
        tested (Mapping): Metadata of the test data.
        source (str): Training data for the error.
    """
    pairs = zip_longest(*(map(repr, each.get('classes') or ()) for each in (trained, tested)), fillvalue='no class')
    different = [(label, *pair) for label, pair in enumerate(pairs) if pair[0] != pair[1]]
    if different and trained.get('classes') and tested.get('classes'):
        label, first, second = different[0]
        raise ValueError(
            f'{source} has {first} for label {label}, but the data of the test have {second}; number both alike '
            '(prepare.py custom --classes FILE)'
        )


def _is_training(runner: Runner) -> bool:
    # not runner.train_loop, which would build the loop during a test
    return isinstance(runner._train_loop, BaseLoop)


def _resumed_from(runner: Runner) -> Optional[str]:
    """Return the checkpoint that the run is resumed from."""
    return (runner._load_from or find_latest_checkpoint(runner.work_dir)) if runner._resume else None


def _unwrapped(runner: Runner) -> nn.Module:
    """Return the model without its data-parallel wrapper."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def _backbone_cfg(runner: Runner) -> Optional[dict]:
    """Return the config of ``model.backbone``, or None if the model was not built from one."""
    model = runner.cfg.get('model')
    cfg = model.get('backbone') if isinstance(model, dict) else None
    return cfg if isinstance(cfg, dict) and hasattr(_unwrapped(runner), 'backbone') else None


def _pretrained(module: nn.Module, name: str = '') -> Iterator[Tuple[str, nn.Module, dict]]:
    """Yield name, module and config of each checkpoint that mmengine initializes modules with.

    That of an outer module replaces those of its parts. Like mmengine's, the search ends at modules without
    ``init_weights``.
    """
    cfg = getattr(module, 'init_cfg', None) or []
    own = [one for one in ([cfg] if isinstance(cfg, dict) else cfg) if one['type'] in ('Pretrained', PretrainedInit)]
    if own:
        yield from ((name, module, one) for one in own)
        return
    for child_name, child in module.named_children():
        if hasattr(child, 'init_weights'):
            yield from _pretrained(child, f'{name}.{child_name}'.lstrip('.'))
