"""Recipe that detects actions in untrimmed sequences."""

from typing import Optional

from mmengine.config import ConfigDict

from .changes import Changes
from .classification import LINEAR
from .data import data_fact, training_data
from .encoder import describe_encoder
from .pipelines import RESAMPLERS, Pipeline, evaluation_pipeline, find_window, training_pipeline, without
from .training import options_of

#: Segments from frame scores. Frames come 30 to the second; an action hardly takes less than half of one.
METRIC = dict(type='ActionDetectionMetric', smoothing=15, max_gap=15, min_frames=15)
#: Frame labels and all that puts windows together again.
PACK = dict(
    type='PackActionInputs',
    algorithm_keys=('frame_labels',),
    meta_keys=('frame_dir', 'window_start', 'video_frames', 'segments'),
)


def detection(cfg: ConfigDict, batch_size: Optional[int] = None, lr: Optional[float] = None) -> Changes:
    """Train a linear classifier of frames on the frozen encoder, with the schedule of linear evaluation.

    Windows have the length of pretraining and overlap by half. Of the pipeline everything stays but what would move
    frames away from their labels.

    Args:
        cfg (ConfigDict): Resolved pretraining config; its ``data_info.untrimmed`` is the data set of recordings.
        batch_size (int, optional): Samples per GPU. That of linear evaluation if None.
        lr (float, optional): Learning rate. That of linear evaluation if None.
    """
    encoder = describe_encoder(cfg)
    linear_head, training = LINEAR[encoder.kind]
    num_classes = data_fact(cfg, 'num_classes')
    head = dict(type='FrameHead', num_classes=num_classes, in_channels=encoder.out_channels)
    if linear_head.get('norm', True):
        head.update(norm=True)
    if encoder.temporal_patch != 1:
        head.update(temporal_patch=encoder.temporal_patch)
    window = find_window(cfg)
    recordings = dict(training_data(cfg), **data_fact(cfg, 'untrimmed'), window=window, stride=window // 2)
    train = dict(recordings, pipeline=_frames_in_place(training_pipeline(cfg)))
    val = dict(recordings, **data_fact(cfg, 'val'), test_mode=True, pipeline=_frames_in_place(evaluation_pipeline(cfg)))
    training = training.adapted(cfg, **options_of(cfg, 'detection', batch_size=batch_size, lr=lr))
    backbone = encoder.sequence_backbone(frozen_stages=encoder.num_layers)
    model = dict(type='RecognizerGCN', backbone=backbone, cls_head=head)
    return training.run(cfg, model, train, val, evaluator=[dict(METRIC)])


def _frames_in_place(pipeline: Pipeline) -> Pipeline:
    return [dict(PACK) if step['type'] == 'PackActionInputs' else step for step in without(pipeline, RESAMPLERS)]
