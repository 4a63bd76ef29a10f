"""Pretraining configs: a method put together with a data set."""

import copy
from typing import Any, Tuple

from mmengine.config import Config, ConfigDict

from .changes import Changes, replacing
from .data import load_data_config
from .pipelines import with_settings


def pretrain(base: ConfigDict, **changes: Any) -> Changes:
    """Put a method together with a data set.

    The model takes layout, persons and window from the data set, and the pipeline takes window, persons and shortest
    crop from model and data set.

    Args:
        base (ConfigDict): ``_base_`` of the config: a method (``model``, ``pipeline``; ``method_options``, options of
            recipes that suit it) and a data set (``train_data``, ``data_info``, ``recipe_options``).
        **changes: Settings of this run, for example ``model=dict(backbone=dict(depth=6))``.

    Returns:
        dict: ``model``, ``train_dataloader``, ``recipe_options`` and the changes, for ``globals().update``.
    """
    cfg = ConfigDict(Config._merge_a_into_b(changes, copy.deepcopy(base)))
    changes = {key: cfg[key] for key in changes}
    model = dict(cfg.model, backbone=fit_backbone(cfg.model.backbone, cfg))
    dataset = dict(pipeline=fit_pipeline(cfg.pipeline, model['backbone'], cfg), **cfg.train_data)
    changes.update(model=model, train_dataloader=dict(cfg.train_dataloader, dataset=dataset))
    changes.update(_options_of_method(cfg))
    return replacing(base, changes)


def _options_of_method(cfg: ConfigDict) -> Changes:
    """Return ``recipe_options`` with those of the method, which the data set's override; nothing without them."""
    if 'method_options' not in cfg:
        return {}
    return dict(recipe_options=Config._merge_a_into_b(cfg.get('recipe_options', {}), cfg.method_options))


def fit_backbone(backbone: ConfigDict, data: ConfigDict) -> Changes:
    """Return the config of a backbone with layout, persons and window of a data set."""
    facts = dict(
        layout=data.train_data.get('layout'),
        num_persons=data.data_info.get('num_persons'),
        num_frames=data.data_info.get('window'),
    )
    known = {key: value for key, value in facts.items() if value is not None and key in backbone}
    if 'graph_cfg' in backbone and facts['layout'] is not None:
        known.update(graph_cfg=dict(backbone['graph_cfg'], layout=facts['layout']))
    return dict(backbone, **known)


def fit_pipeline(pipeline: list, backbone: Changes, data: ConfigDict) -> list:
    """Return a pipeline with the window of a backbone, and persons and shortest crop of a data set."""
    window = backbone.get('num_frames') or data.data_info.get('window')
    min_frames = data.data_info.get('min_frames')
    crop = {key: value for key, value in (('window', window), ('min_frames', min_frames)) if value is not None}
    persons = dict(num_person=data.data_info.num_persons)
    return with_settings(list(pipeline), dict(CropResizeFrames=crop, FormatGCNInput=persons))


def on_data(cfg: ConfigDict, name: str) -> Tuple[ConfigDict, Changes]:
    """Put another data set in the place of that of a pretraining config, whose window stays.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        name (str): The other data set, as for :func:`load_data_config`; a pretraining config brings its pipeline too.

    Returns:
        tuple[ConfigDict, dict]: The config, and its keys that describe the other data set.
    """
    data = load_data_config(name)
    loader = data.get('train_dataloader') or cfg.train_dataloader
    facts = {key: data[key] for key in ('train_data', 'data_info', 'recipe_options') if key in data}
    target = ConfigDict(copy.deepcopy(dict(cfg, **facts)))
    target.data_info.pop('window', None)
    target.model.backbone = fit_backbone(target.model.backbone, target)
    pipeline = fit_pipeline(loader.dataset.pipeline, target.model.backbone, target)
    target.train_dataloader.dataset = dict(facts['train_data'], pipeline=pipeline)
    options = _options_of_method(target)
    facts.update(options)
    target.update(copy.deepcopy(options))
    # of several layouts at once
    target.train_dataloader.pop('batch_sampler', None)
    target.model.backbone.pop('other_layouts', None)
    return target, facts


def stream(cfg: ConfigDict, stream: str) -> Changes:
    """Pretrain on another stream than joints, without the prompts of PCM3, as in the paper.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        stream (str): ``'bone'``, ``'motion'`` or ``'bone_motion'``, see :class:`SkeletonStream`.
    """
    dataset = copy.deepcopy(cfg.train_dataloader.dataset)
    place = next(index for index, step in enumerate(dataset.pipeline) if step.type == 'FormatGCNInput')
    dataset.pipeline.insert(place, dict(type='SkeletonStream', stream=stream))
    model = dict(prompts=False) if 'prompts' in cfg.model else {}
    return dict(model=model, train_dataloader=dict(dataset=dataset))


def mask_in_pipeline(cfg: ConfigDict) -> Changes:
    """Let the workers of the data loader draw the masks that the model would draw.

    Args:
        cfg (ConfigDict): Resolved pretraining config, whose ``model.masking`` says how to mask.
    """
    masking, backbone = dict(cfg.model.masking), cfg.model.backbone
    if masking['type'] == 'BodyPartMasking':
        del masking['type']
        # the third view is the one to be masked; the model hides the joints, so that it can predict them
        step, key = dict(type='MaskBodyParts', views=(2,), hide=False, **masking), 'hidden_joints'
    else:
        patch = {name: backbone[name] for name in ('temporal_patch', 'joint_patch') if name in backbone}
        if 'coordinates' in cfg.model:
            patch['coordinates'] = cfg.model['coordinates']
        step, key = dict(type='MaskTokens', masking=masking, **patch), 'mask_ids_keep'
    dataset = copy.deepcopy(cfg.train_dataloader.dataset)
    pack = dataset.pipeline[-1]
    keys = (*pack.get('algorithm_keys', ()), key)
    dataset.pipeline[-1:] = [step, dict(pack, algorithm_keys=keys)]
    return dict(train_dataloader=dict(dataset=dataset))
