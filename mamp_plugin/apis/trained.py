"""Parts of a trained model from a checkpoint and the config that it carries."""

import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Union

from mmaction.registry import MODELS
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.utils import import_modules_from_strings
from torch import nn

from mamp_plugin.datasets.annotations.classes import read_classes
from mamp_plugin.engine.checkpoints.config_text import check_types, config_in
from mamp_plugin.engine.checkpoints.encoder import describe, take_encoder
from mamp_plugin.engine.checkpoints.loading import Weights, load_from_local, weights_in
from mamp_plugin.engine.checkpoints.published import is_published, read_published
from mamp_plugin.engine.checkpoints.settings import check_settings
from mamp_plugin.models.backbones import SkeletonBackbone, build_backbone
from mamp_plugin.recipes.pipelines import inference_pipeline

AnyConfig = Union[str, dict, Config]
REMEDY = "give the config of its run, config='CONFIG.py'"


class Trained(NamedTuple):
    """Content of a checkpoint.

    Args:
        source (str): Path of the checkpoint, for messages.
        weights (dict[str, Tensor]): Weights by name.
        cfg (ConfigDict): Config of the run.
        meta (dict): Further facts about the run.
        trusted (bool): The config was given by the caller, so that it may name anything.
    """

    source: str
    weights: Weights
    cfg: ConfigDict
    meta: Dict[str, Any]
    trusted: bool

    def checked(self, part: Any) -> Any:
        """Return a part of the config that may be built, without the weights that it would start training from."""
        part = _without_start(part)
        if not self.trusted:
            check_types(part, self.source, REMEDY)
        return part

    def build(self, part: Any, build: Callable[[Any], Any]) -> Any:
        """Build a part of the config."""
        with DefaultScope.overwrite_default_scope('mmaction'):
            return build(self.checked(part))


def read_checkpoint(path: str, config: Optional[AnyConfig] = None) -> Trained:
    """Read a checkpoint; nothing from it is executed.

    Args:
        path (str): The checkpoint, of a pretraining or downstream run, or a published encoder: its folder or its
            ``.safetensors`` file.
        config (str | dict | Config, optional): Config of the run, a path or the config itself. Defaults to None: that
            in the checkpoint, of which only literals and registered types are accepted.
    """
    if is_published(path):
        published = read_published(path)
        return Trained(path, published.weights, ConfigDict(published.cfg), published.meta, trusted=False)
    checkpoint = load_from_local(path, map_location='cpu')
    weights = weights_in(checkpoint, path)
    meta = checkpoint.get('meta') if isinstance(checkpoint.get('meta'), dict) else {}
    if config is None:
        return Trained(path, weights, config_in(checkpoint, path, REMEDY), meta, trusted=False)
    config = Config.fromfile(config) if isinstance(config, str) else config
    cfg = ConfigDict(config._cfg_dict if isinstance(config, Config) else config)
    import_modules_from_strings(**(cfg.get('custom_imports') or dict(imports=[])))
    return Trained(path, weights, cfg, meta, trusted=True)


def build_trained_backbone(trained: Trained) -> SkeletonBackbone:
    """Build the backbone with its weights, in eval mode."""
    if not isinstance(trained.cfg.model.get('backbone'), dict):
        raise ValueError(f'the config of {trained.source} has no model.backbone; {REMEDY}')
    backbone = trained.build(trained.cfg.model.backbone, build_backbone)
    encoder = take_encoder(trained.weights, backbone, 'backbone.', trained.source)
    check_settings(trained.meta.get('encoder'), trained.cfg.model.backbone, backbone, trained.source)
    if encoder.left_out:
        raise ValueError(f'{trained.source} does not fit its config: {describe(encoder.left_out)}; {REMEDY}')
    backbone.load_state_dict(encoder.weights)
    return backbone.eval()


def build_trained_head(trained: Trained) -> Optional[nn.Module]:
    """Build the classifier with its weights, in eval mode; None if the model has none."""
    if 'cls_head' not in trained.cfg.model:
        return None
    head = trained.build(trained.cfg.model.cls_head, MODELS.build)
    weights = take_encoder(trained.weights, head, 'cls_head.', trained.source, 'model.cls_head').weights
    head.load_state_dict(weights)
    return head.eval()


def build_trained_model(trained: Trained) -> BaseModel:
    """Build the whole model with its weights, in eval mode."""
    model = trained.build(trained.cfg.model, MODELS.build)
    try:
        model.load_state_dict(trained.weights)
    except RuntimeError as error:
        reason = ' '.join(str(error).split())[:200]
        raise ValueError(f'{trained.source} does not fit its config: {reason}; {REMEDY}') from None
    return model.eval()


def class_names(
    trained: Trained, head: Optional[nn.Module], classes: Union[str, Sequence[str], None] = None
) -> List[str]:
    """Return the names of the classes of a head.

    Args:
        trained (Trained): Checkpoint of the model.
        head (nn.Module, optional): Its classifier; None for no classes.
        classes (str | Sequence[str], optional): Names, or a file of them, see :func:`read_classes`. Defaults to None:
            those of the training data in the checkpoint, else the labels.
    """
    count = getattr(head, 'num_classes', 0)
    source = 'classes'
    if isinstance(classes, (str, os.PathLike)):
        source = str(classes)
        classes = read_classes(source)
    elif classes is None:
        facts = trained.meta.get('dataset_meta')
        source = f'dataset_meta of {trained.source}'
        classes = (facts.get('classes') if isinstance(facts, dict) else None) or list(map(str, range(count)))
    if head is not None and len(classes) != count:
        raise ValueError(f'{source} has {len(classes)} class names, but the model has {count} classes; name each')
    return list(map(str, classes))


def build_pipeline(trained: Trained) -> Compose:
    """Build the pipeline of evaluation; it ends in ``keypoint``, ``(clips, M, T, V, C)``."""
    return trained.build(inference_pipeline(trained.cfg), Compose)


def _without_start(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_start(value) for key, value in node.items() if key not in ('init_cfg', 'pretrained')}
    return type(node)(map(_without_start, node)) if isinstance(node, (list, tuple)) else node
