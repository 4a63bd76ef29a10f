"""The linear protocol on features that are computed once."""

import copy
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.model import BaseModel
from mmengine.runner import CheckpointLoader, Runner, save_checkpoint
from mmengine.utils import track_iter_progress
from torch import Tensor, nn
from torch.utils.data import Dataset

from mamp_plugin.engine.checkpoints.encoder import take_encoder, weights_in
from mamp_plugin.models import LinearProbeHead

#: Settings of a run that are about its training, not about its data or its model.
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
    """Features in the place of sequences.

    A sample's ``inputs`` are what a backbone would make of it, ``(clips, 1, D, 1, 1)``.

    Args:
        features (Tensor): ``(N, clips, D)``.
        labels (Tensor): The label of each sample, ``(N, 1)``.
        metainfo (dict, optional): What is known of the data set. Defaults to None.
    """

    def __init__(self, features: Tensor, labels: Tensor, metainfo: Optional[dict] = None) -> None:
        self.features = features
        self.labels = labels
        self.metainfo = metainfo

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, index: int) -> dict:
        sample = ActionDataSample().set_gt_label(self.labels[index])
        return dict(inputs=self.features[index, :, None, :, None, None], data_samples=sample)


def linear_probe(cfg: Config, checkpoint: str) -> Tuple[Dict[str, float], Path]:
    """Trains the head of a config of linear evaluation on features that its frozen encoder computes once.

    They are those of the test pipeline, for training, too: nothing is cropped or turned by chance. Everything else
    (optimiser, schedule, epochs, batch size, metrics) is the config's.

    Args:
        cfg (Config): A :class:`RecognizerGCN` with a frozen backbone and a :class:`LinearProbeHead`.
        checkpoint (str): Where its pretrained encoder is.

    Returns:
        tuple[dict, Path]: What the config's test evaluator says of its test data, and the checkpoint of the whole model
        that was written to the work dir.
    """
    model = _build(cfg, checkpoint)
    test = cfg.test_dataloader
    train_data = _with_pipeline(cfg.train_dataloader.dataset, test.dataset.pipeline)
    runner = _head_runner(
        cfg, *(pooled_features(model, dict(test, dataset=data)) for data in (train_data, test.dataset))
    )
    head = runner.train().cls_head
    metrics = runner.val()
    model.cls_head.load_state_dict(head.state_dict())
    path = Path(cfg.work_dir) / 'linear_probe.pth'
    meta = dict(cfg=cfg.pretty_text, epoch=runner.epoch, iter=runner.iter)
    save_checkpoint(dict(meta=meta, state_dict=model.cpu().state_dict()), str(path))
    return metrics, path


@torch.no_grad()
def pooled_features(model: BaseModel, dataloader: dict) -> FeatureDataset:
    """What the head of a recognizer would pool from the features of each clip.

    Args:
        model (BaseModel): The recognizer.
        dataloader (dict): Config of a data loader.
    """
    loader = Runner.build_dataloader(dataloader)
    features, labels = [], []
    model.eval()
    for batch in track_iter_progress((loader, len(loader))):
        batch = model.data_preprocessor(batch)
        inputs = batch['inputs']
        features.append(model.cls_head.pool(model(inputs)).unflatten(0, inputs.shape[:2]).cpu())
        labels.append(torch.stack([sample.gt_label for sample in batch['data_samples']]).cpu())
    return FeatureDataset(torch.cat(features), torch.cat(labels), getattr(loader.dataset, 'metainfo', None))


def _build(cfg: Config, checkpoint: str) -> BaseModel:
    """The config's model with the encoder of a checkpoint, if that is all it needs."""
    model = MODELS.build(cfg.model)
    model.init_weights()
    if not isinstance(model.cls_head, LinearProbeHead):
        raise SystemExit(
            f'model.cls_head of {cfg.filename} is no LinearProbeHead but a {type(model.cls_head).__name__}'
        )
    if not _is_frozen(model.backbone):
        raise SystemExit(
            f'model.backbone of {cfg.filename} is not frozen, so that its features would change while the head learns; '
            'set model.backbone.frozen_stages to its depth (number of layers), or train with tools/train.py'
        )
    weights = weights_in(CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu', logger='silent'))
    try:
        encoder = take_encoder(weights, model.backbone, 'backbone.', checkpoint)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    if encoder.left_out:
        raise SystemExit(
            f'{checkpoint} is of another skeleton layout and has no {", ".join(encoder.left_out)} for a frozen encoder'
        )
    model.backbone.load_state_dict(encoder.weights)
    return model.to(get_device())


def _is_frozen(backbone: nn.Module) -> bool:
    """Whether training changes neither parameters nor statistics, and drops nothing."""
    backbone.train()
    leaves = [module for module in backbone.modules() if not list(module.children())]
    return not any(parameter.requires_grad for parameter in backbone.parameters()) and not any(
        leaf.training for leaf in leaves
    )


def _with_pipeline(dataset: dict, pipeline: List[dict]) -> dict:
    """Config of a data set, or of one around another, with another pipeline."""
    if 'dataset' in dataset:
        return dict(dataset, dataset=_with_pipeline(dataset['dataset'], pipeline))
    return dict(dataset, pipeline=pipeline, test_mode=True)


def _head_runner(cfg: Config, train: FeatureDataset, test: FeatureDataset) -> Runner:
    """A runner that trains the head alone."""
    cfg = copy.deepcopy(cfg)
    in_memory = dict(num_workers=0, persistent_workers=False)
    hooks = [hook for hook in cfg.get('custom_hooks') or [] if hook['type'] != 'PretrainedEncoderHook']
    return Runner(
        model=MODELS.build(dict(type='RecognizerGCN', backbone=dict(type=nn.Identity), cls_head=cfg.model.cls_head)),
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
