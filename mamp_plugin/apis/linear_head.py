"""Train the head of a linear evaluation config on features computed once."""

import copy
from pathlib import Path
from typing import Any, Dict, List, Tuple

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.model import BaseModel
from mmengine.runner import Runner, save_checkpoint
from torch import Tensor, nn
from torch.utils.data import Dataset

from mamp_plugin.apis.features import clip_features
from mamp_plugin.engine.checkpoints.encoder import take_encoder
from mamp_plugin.engine.checkpoints.loading import load, weights_in
from mamp_plugin.engine.checkpoints.settings import check_settings
from mamp_plugin.evaluation import fit_whitening
from mamp_plugin.models import LinearProbeHead
from mamp_plugin.progress import Track, no_progress
from mamp_plugin.recipes.pipelines import inside_of_wrappers

#: Config keys of a run that concern training rather than data or model.
_TRAINING = (
    'train_cfg',
    'optim_wrapper',
    'param_scheduler',
    'auto_scale_lr',
    'randomness',
    'env_cfg',
    'log_processor',
    'log_level',
    'visualizer',
)


class FeatureDataset(Dataset):
    """Precomputed features as a data set.

    ``inputs`` of a sample have the shape of a backbone's output, ``(clips, 1, D, 1, 1)``.

    Args:
        features (Tensor): ``(N, clips, D)``.
        labels (Tensor): Labels, ``(N, )``.
        metainfo (dict): Metainfo of the data set that was encoded.
    """

    def __init__(self, features: Tensor, labels: Tensor, metainfo: dict) -> None:
        self.features = features
        self.labels = labels
        self.metainfo = metainfo

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, index: int) -> dict:
        sample = ActionDataSample().set_gt_label(int(self.labels[index]))
        return dict(inputs=self.features[index, :, None, :, None, None], data_samples=sample)


def load_frozen_recognizer(cfg: Config, checkpoint: str) -> BaseModel:
    """Build the recognizer of a linear evaluation config with the encoder of a checkpoint.

    Args:
        cfg (Config): A :class:`RecognizerGCN` with a frozen backbone and a :class:`LinearProbeHead`.
        checkpoint (str): Checkpoint of the pretraining run.

    Raises:
        ValueError: Config or checkpoint do not fit a linear evaluation.
    """
    model = MODELS.build(cfg.model)
    model.init_weights()
    if not isinstance(model.cls_head, LinearProbeHead):
        raise ValueError(
            f'model.cls_head of {cfg.filename} is a {type(model.cls_head).__name__}, expected LinearProbeHead; '
            'give the config of a linear evaluation'
        )
    if not _is_frozen(model.backbone):
        raise ValueError(
            f'model.backbone of {cfg.filename} is not frozen, so its features would change during training; '
            'set model.backbone.frozen_stages to its depth (number of layers), or train with tools/train.py'
        )
    content = load(checkpoint)
    encoder = take_encoder(weights_in(content, checkpoint), model.backbone, 'backbone.', checkpoint)
    check_settings(content.get('meta', {}).get('encoder'), cfg.model.backbone, model.backbone, checkpoint)
    if encoder.left_out:
        raise ValueError(
            f'{checkpoint} is of another skeleton layout and has no {", ".join(encoder.left_out)} for the frozen '
            'backbone; give a checkpoint of the same layout, or fine-tune with tools/train.py'
        )
    model.backbone.load_state_dict(encoder.weights)
    return model.to(get_device())


def train_linear_head(cfg: Config, model: BaseModel, track: Track = no_progress) -> Tuple[Dict[str, float], Path]:
    """Train the head of a linear evaluation config on features that its frozen encoder computes once.

    Training features come from the test pipeline, without random augmentation. All else (optimizer, schedule, epochs,
    batch size, metrics) is that of the config.

    Args:
        cfg (Config): Config of a linear evaluation.
        model (BaseModel): Its model from :func:`load_frozen_recognizer`; gets the trained head.
        track (callable): Shows the progress of the encoder. Defaults to none.

    Returns:
        tuple[dict, Path]: Metrics of the test evaluator on the test data, and the checkpoint of the whole model, which
        is written to the work dir.
    """
    loader = cfg.test_dataloader
    pipeline = inside_of_wrappers(loader.dataset)['pipeline']
    train_data = _with_pipeline(cfg.train_dataloader.dataset, pipeline)
    loaders = [dict(loader, dataset=data) for data in (train_data, loader.dataset)]
    train, test = (_encode(model, loader, track) for loader in loaders)
    _whiten(model.cls_head.cpu(), train, test)
    runner = _head_runner(cfg, train, test)
    head = runner.train().cls_head
    metrics = runner.val()
    model.cls_head.load_state_dict({**model.cls_head.state_dict(), **head.state_dict()})
    path = Path(cfg.work_dir) / 'linear_probe.pth'
    meta = dict(cfg=cfg.pretty_text, epoch=runner.epoch, iter=runner.iter)
    save_checkpoint(dict(meta=meta, state_dict=model.cpu().state_dict()), str(path))
    return metrics, path


def _is_frozen(backbone: nn.Module) -> bool:
    """Return True if training changes neither parameters nor buffers and applies no dropout."""
    backbone.train()
    leaves = [module for module in backbone.modules() if not list(module.children())]
    return not any(parameter.requires_grad for parameter in backbone.parameters()) and not any(
        leaf.training for leaf in leaves
    )


def _encode(model: BaseModel, dataloader: dict, track: Track) -> FeatureDataset:
    loader = Runner.build_dataloader(dataloader)
    features, labels = clip_features(model, track(loader, len(loader)))
    return FeatureDataset(features.cpu(), labels.cpu(), getattr(loader.dataset, 'metainfo', {}))


def _whiten(head: LinearProbeHead, train: FeatureDataset, test: FeatureDataset) -> None:
    """Fit the whitening of a head, if it has one, and apply it to the features of both splits."""
    if head.whiten is None:
        return
    whitening = fit_whitening(train.features.flatten(0, 1), head.whiten)
    head.whitening_mean.copy_(whitening.mean)
    head.whitening_projection.copy_(whitening.projection)
    for data in (train, test):
        data.features = head.whitened(data.features)


def _with_pipeline(dataset: dict, pipeline: List[dict]) -> dict:
    """Return the config of a data set, which may be wrapped, with another pipeline."""
    if 'dataset' in dataset:
        return dict(dataset, dataset=_with_pipeline(dataset['dataset'], pipeline))
    return dict(dataset, pipeline=pipeline, test_mode=True)


def _head_runner(cfg: Config, train: FeatureDataset, test: FeatureDataset) -> Runner:
    """Build a runner that trains the head alone."""
    cfg = copy.deepcopy(cfg)
    in_memory: Dict[str, Any] = dict(num_workers=0, persistent_workers=False)
    hooks = [hook for hook in cfg.get('custom_hooks') or [] if hook['type'] != 'PretrainedEncoderHook']
    # the features are those that readout and whitening of the whole model give
    head = dict(cfg.model.cls_head, in_channels=train.features.size(-1), readout=None, whiten=None)
    return Runner(
        model=MODELS.build(dict(type='RecognizerGCN', backbone=dict(type=nn.Identity), cls_head=head)),
        work_dir=cfg.work_dir,
        train_dataloader=dict(cfg.train_dataloader, dataset=train, **in_memory),
        val_dataloader=dict(cfg.test_dataloader, dataset=test, **in_memory),
        val_cfg=cfg.get('val_cfg') or dict(type='ValLoop'),
        val_evaluator=cfg.test_evaluator,
        default_hooks=dict(cfg.get('default_hooks') or {}, checkpoint=None),
        custom_hooks=hooks,
        default_scope='mmaction',
        cfg=cfg,
        **{key: cfg[key] for key in _TRAINING if cfg.get(key) is not None},
    )
