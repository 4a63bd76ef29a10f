"""Recipes that classify sequences: linear evaluation, fine-tuning, few labels, transfer."""

from typing import Any, Dict, Optional, Tuple, Union

from mmengine.config import ConfigDict

from .changes import Changes, replacing, with_type
from .data import data_fact, evaluation_data, training_data
from .encoder import Encoder, describe_encoder
from .pipelines import evaluation_pipeline, training_pipeline
from .pretraining import on_data
from .training import Training, options_of

#: Linear evaluation by kind of encoder: MAMP's as published (2 GPUs of 128), PCM3's as released.
LINEAR: Dict[str, Tuple[Changes, Training]] = dict(
    transformer=(
        dict(type='LinearProbeHead'),
        Training(
            epochs=100,
            batch_size=128,
            total_batch_size=256,
            optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0),
            schedule=dict(type='WarmupCosineLR', convert_to_iter_based=True),
        ),
    ),
    recurrent=(
        dict(type='LinearProbeHead', norm=False),
        Training(
            epochs=100,
            batch_size=1024,
            total_batch_size=1024,
            drop_last=False,
            optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0),
            schedule=dict(type='MultiStepLR', milestones=[20, 50, 80], gamma=0.1),
        ),
    ),
)
LINEAR['graph'] = LINEAR['recurrent']

#: Fine-tuning by kind of encoder: MAMP's as published (2 GPUs of 24, down to a learning rate of 1e-5), PCM3's.
FINETUNE: Dict[str, Tuple[Changes, Training]] = dict(
    transformer=(
        dict(type='JointMLPHead', dropout=0.3, label_smooth_eps=0.1),
        Training(
            epochs=100,
            batch_size=24,
            total_batch_size=48,
            constructor='LayerDecayOptimWrapperConstructor',
            optimizer=dict(type='AdamW', lr=3e-4, betas=(0.9, 0.999), weight_decay=0.05),
            paramwise_cfg=dict(layer_decay=0.8),
            schedule=dict(type='WarmupCosineLR', warmup=5, min_ratio=1 / 30, convert_to_iter_based=True),
        ),
    ),
    recurrent=(
        dict(type='LinearProbeHead', norm=False),
        Training(
            epochs=80,
            batch_size=64,
            total_batch_size=64,
            optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=1e-4),
            schedule=dict(type='MultiStepLR', milestones=[50, 70], gamma=0.1),
        ),
    ),
)
FINETUNE['graph'] = FINETUNE['recurrent']

#: Chance of leaving out a branch of the last block while a transformer is fine-tuned, as published.
DROP_PATH = 0.3


def linear(
    cfg: ConfigDict,
    batch_size: Optional[int] = None,
    lr: Optional[float] = None,
    readout: Union[str, dict, None] = None,
    whiten: Optional[int] = None,
) -> Changes:
    """Train a linear classifier on the frozen encoder.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        batch_size (int, optional): Samples per GPU. That of the published recipe if None.
        lr (float, optional): Learning rate. That of the published recipe if None.
        readout (str or dict, optional): Config, or type, of the readout of the features, for example ``'PartPool'``.
            That of ``model.readout`` of the pretraining config if None; without one, the published mean.
        whiten (int, optional): Components of a whitening of the features, for ``linear_probe.py``. None for none.
    """
    encoder = describe_encoder(cfg)
    head, training = LINEAR[encoder.kind]
    options = options_of(cfg, 'linear', batch_size=batch_size, lr=lr, readout=readout, whiten=whiten)
    whiten = options.pop('whiten', None)
    readout = options.pop('readout', cfg.model.get('readout'))
    head = dict(head, in_channels=encoder.out_channels)
    if readout:
        facts = dict(layout=encoder.layout, joint_patch=encoder.joint_patch)
        head['readout'] = dict(facts, **with_type(readout))
    if whiten:
        head['whiten'] = whiten
    backbone = encoder.summary_backbone(frozen_stages=encoder.num_layers)
    return _classify(cfg, backbone, head, training.adapted(cfg, **options))


def finetune(
    cfg: ConfigDict,
    batch_size: Optional[int] = None,
    lr: Optional[float] = None,
    layer_decay: Optional[float] = None,
    epochs: Optional[int] = None,
) -> Changes:
    """Train encoder and classifier, from pretrained weights (``load_from``).

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        batch_size (int, optional): Samples per GPU. That of the published recipe if None.
        lr (float, optional): Learning rate. That of the published recipe if None.
        layer_decay (float, optional): Layer-wise decay of the learning rate. That of the published recipe if None.
        epochs (int, optional): Number of epochs. That of the published recipe if None.
    """
    encoder = describe_encoder(cfg)
    head, training = FINETUNE[encoder.kind]
    given = dict(batch_size=batch_size, lr=lr, layer_decay=layer_decay, epochs=epochs)
    options = options_of(cfg, 'finetune', **given)
    backbone = encoder.summary_backbone(**(dict(drop_path_rate=DROP_PATH) if encoder.kind == 'transformer' else {}))
    return _classify(cfg, backbone, _finetuned_head(head, encoder), training.adapted(cfg, **options))


def scratch(cfg: ConfigDict, **options: Any) -> Changes:
    """Train the same network as :func:`finetune` from random weights, all layers at the same learning rate.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        **options: Those of :func:`finetune`.
    """
    if describe_encoder(cfg).kind == 'transformer':
        options.setdefault('layer_decay', 1.0)
    return finetune(cfg, **options)


def semi(
    cfg: ConfigDict,
    fraction: float = 0.1,
    seed: int = 0,
    per_class: bool = False,
    repeat: Optional[int] = None,
    **options: Any,
) -> Changes:
    """Fine-tune with a share of the labels.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        fraction (float): Share of the training samples. Defaults to 0.1.
        seed (int): Seed of the choice. Defaults to 0.
        per_class (bool): Whether to keep the share of every class, see :class:`SubsetDataset`. Defaults to False.
        repeat (int, optional): Passes over the share in one epoch, as few samples do not fill a batch. That of the
            config's ``recipe_options.semi``, or 1, if None.
        **options: Those of :func:`finetune`.
    """
    changes = finetune(cfg, **options)
    times = options_of(cfg, 'semi', repeat=repeat).get('repeat', 1)
    loader = changes['train_dataloader']
    share = dict(type='SubsetDataset', fraction=fraction, seed=seed, dataset=loader['dataset'])
    if per_class:
        share['per_class'] = True
    if times > 1:
        share = dict(type='RepeatDataset', times=times, dataset=share)
    loader['dataset'] = share
    return changes


def transfer(cfg: ConfigDict, to: str, **options: Any) -> Changes:
    """Fine-tune on another data set than that of pretraining.

    Joints may differ: the encoder is built for those of the other data set. Its window stays.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        to (str): The other data set: name of a file in ``configs/_base_/datasets``, path of one like it, or path of a
            pretraining config, whose pipeline is then taken too.
        **options: Those of :func:`finetune`.
    """
    target, facts = on_data(cfg, to)
    return dict(finetune(target, **options), **replacing(cfg, facts))


def _finetuned_head(head: Changes, encoder: Encoder) -> Changes:
    head = dict(head, in_channels=encoder.out_channels)
    if head['type'] == 'JointMLPHead':
        head.update(layout=encoder.layout)
        if encoder.joint_patch != 1:
            head.update(joint_patch=encoder.joint_patch)
    return head


def _classify(cfg: ConfigDict, backbone: Changes, head: Changes, training: Training) -> Changes:
    """Return the changes that make a pretraining config one of classification."""
    head = dict(head, num_classes=data_fact(cfg, 'num_classes'))
    train = dict(training_data(cfg), pipeline=training_pipeline(cfg))
    val = dict(evaluation_data(cfg), pipeline=evaluation_pipeline(cfg))
    model = dict(type='RecognizerGCN', backbone=backbone, cls_head=head)
    return training.run(cfg, model, train, val, evaluator=[dict(type='AccMetric')])
