"""Pipelines of downstream runs, derived from the pipeline of the pretraining run."""

import copy
from typing import Any, Dict, List, Optional, Sequence

from mmengine.config import ConfigDict

Step = Dict[str, Any]
Pipeline = List[Step]

#: Random augmentations, which evaluation leaves out.
AUGMENTATIONS = ('RandomRotate3D', 'RandomShear3D', 'CorruptJoints', 'RandomChoice', 'RandomApply')
#: Transforms that draw the mask of masked pretraining, and the keys that they add.
MASKS = ('MaskTokens', 'RandomMask', 'MotionAwareMask', 'MaskBodyParts')
MASK_KEYS = ('mask_ids_keep', 'hidden_joints')
#: Transforms that change the number or the order of frames.
RESAMPLERS = ('PadEmptyFrames', 'DropEmptyFrames', 'CropResizeFrames', 'UniformSampleFrames')


def pretraining_dataset(cfg: ConfigDict) -> ConfigDict:
    """Return the config of the pretraining data inside of any wrappers."""
    return inside_of_wrappers(cfg.train_dataloader.dataset)


def inside_of_wrappers(dataset: Dict[str, Any]) -> Any:
    """Return the config of a data set inside of any wrappers."""
    while 'dataset' in dataset:
        dataset = dataset['dataset']
    return dataset


def training_pipeline(cfg: ConfigDict) -> Pipeline:
    """Return the pipeline of downstream training: that of pretraining with one view and without masks.

    A config of several views (:class:`MultiView`) trains on one random crop of at least half of a sequence, without
    the augmentations of contrastive learning. ``crop_pipeline`` of the config takes precedence.
    """
    return copy.deepcopy(list(cfg['crop_pipeline'])) if 'crop_pipeline' in cfg else _single_view(cfg)


def evaluation_pipeline(cfg: ConfigDict) -> Pipeline:
    """Return the pipeline of evaluation: no random augmentation, the middle 95 % of a sequence.

    ``test_pipeline`` of the config takes precedence.
    """
    if 'test_pipeline' in cfg:
        return copy.deepcopy(list(cfg['test_pipeline']))
    return [_without_chance(step) for step in without(_single_view(cfg), AUGMENTATIONS)]


def inference_pipeline(cfg: ConfigDict) -> Pipeline:
    """Return the pipeline for sequences without annotation: a classifier's of its test data, else that of evaluation.

    It ends in ``keypoint``, ``(clips, M, T, V, C)``: ``PackActionInputs`` is left out.
    """
    if 'cls_head' not in cfg.model:
        return without(evaluation_pipeline(cfg), ('PackActionInputs',))
    dataset = inside_of_wrappers((cfg.get('test_dataloader') or cfg.get('val_dataloader') or {}).get('dataset') or {})
    if 'pipeline' not in dataset:
        raise ValueError('the config has no pipeline of test data; set test_dataloader.dataset.pipeline')
    return without(copy.deepcopy(list(dataset['pipeline'])), ('PackActionInputs',))


def without(pipeline: Pipeline, types: Sequence[str]) -> Pipeline:
    """Return a pipeline without the transforms of some types."""
    return [step for step in pipeline if step['type'] not in types]


def with_settings(pipeline: Pipeline, settings: Dict[str, Dict[str, Any]]) -> Pipeline:
    """Return a pipeline with arguments of its transforms replaced, those inside of views and choices too.

    Args:
        pipeline (list[dict]): Configs of transforms.
        settings (dict[str, dict]): New arguments by the type of the transform.
    """

    def change(node: Any) -> Any:
        if isinstance(node, dict):
            node = {key: change(value) for key, value in node.items()}
            return dict(node, **settings.get(node.get('type'), {}))
        return [change(value) for value in node] if isinstance(node, list) else node

    return [change(step) for step in pipeline]


def find_window(cfg: ConfigDict) -> Optional[int]:
    """Return the number of frames of a clip: what the backbone is built for, else what the pipeline resamples to."""
    num_frames = cfg.model.backbone.get('num_frames')
    if num_frames is not None:
        return num_frames
    steps = _single_view(cfg)
    return next((step[key] for step in steps for key in ('window', 'clip_len') if key in step), None)


def _single_view(cfg: ConfigDict) -> Pipeline:
    pipeline: Pipeline = []
    for step in copy.deepcopy(list(pretraining_dataset(cfg)['pipeline'])):
        if step['type'] == 'MultiView':
            view = without(step['views'][0], AUGMENTATIONS)
            pipeline += with_settings(view, dict(CropResizeFrames=dict(proportion=(0.5, 1))))
        elif step['type'] == 'PackActionInputs':
            pipeline.append(_without_masks(step))
        elif step['type'] not in MASKS:
            pipeline.append(step)
    num_frames = cfg.model.backbone.get('num_frames')
    return pipeline if num_frames is None else with_settings(pipeline, dict(CropResizeFrames=dict(window=num_frames)))


def _without_masks(step: Step) -> Step:
    keys = tuple(key for key in step.get('algorithm_keys', ()) if key not in MASK_KEYS)
    rest = {key: value for key, value in step.items() if key != 'algorithm_keys'}
    return dict(rest, algorithm_keys=keys) if keys else rest


def _without_chance(step: Step) -> Step:
    if step['type'] == 'CropResizeFrames':
        step = {key: value for key, value in step.items() if key != 'min_frames'}
        return dict(step, proportion=(0.95,))
    return dict(step, test_mode=True) if step['type'] == 'UniformSampleFrames' else step
