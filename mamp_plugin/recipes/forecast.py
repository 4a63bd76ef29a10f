"""Recipe that predicts the next frames of a sequence."""

from dataclasses import replace
from typing import Dict, Optional

from mmengine.config import ConfigDict

from .changes import Changes
from .classification import FINETUNE
from .data import evaluation_data, training_data
from .encoder import describe_encoder
from .pipelines import RESAMPLERS, Pipeline, evaluation_pipeline, training_pipeline, without
from .training import Training, options_of

#: Frames that are reported, as far as they are predicted.
HORIZONS = (2, 4, 8, 10, 14, 25)
#: Half as many epochs as for classification, and the milestones with them; settings of ours.
SCHEDULES: Dict[str, Training] = dict(
    transformer=replace(FINETUNE['transformer'][1], epochs=50),
    recurrent=replace(
        FINETUNE['recurrent'][1], epochs=50, schedule=dict(type='MultiStepLR', milestones=[31, 44], gamma=0.1)
    ),
)
SCHEDULES['graph'] = SCHEDULES['recurrent']
#: A step of SGD moves predictions the further the more features they are made of. This number divided by the channels
#: of a recurrent layer, as the weight of the loss, moves them as far for encoders of all widths.
WEIGHT_TIMES_CHANNELS = 5000.0


def forecast(
    cfg: ConfigDict,
    history: Optional[int] = None,
    horizon: Optional[int] = None,
    batch_size: Optional[int] = None,
    lr: Optional[float] = None,
) -> Changes:
    """Train encoder and forecast head to predict what follows: from 50 frames the next 25.

    Of the pipeline everything stays but what resamples frames; the cut comes first, so that what is cut off does not
    touch the rest. Where every frame is centered on the person, errors are those of poses relative to it.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        history (int, optional): Frames that are seen. ``recipe_options.forecast.history``, or 50, if None.
        horizon (int, optional): Frames to predict. ``recipe_options.forecast.horizon``, or 25, if None.
        batch_size (int, optional): Samples per GPU. That of fine-tuning if None.
        lr (float, optional): Learning rate. That of fine-tuning if None.
    """
    given = options_of(cfg, 'forecast', history=history, horizon=horizon, batch_size=batch_size, lr=lr)
    cut = dict(type='CropForecastFrames', history=given.pop('history', 50), horizon=given.pop('horizon', 25))
    encoder = describe_encoder(cfg)
    head = dict(type='ForecastHead', horizon=cut['horizon'])
    if encoder.kind == 'transformer':
        # of the history, what makes whole patches
        frames = cut['history'] // encoder.temporal_patch * encoder.temporal_patch
        backbone = encoder.sequence_backbone(num_frames=frames, drop_path_rate=0.0)
    else:
        backbone = encoder.sequence_backbone()
        head.update(loss_weight=2 * WEIGHT_TIMES_CHANNELS / encoder.out_channels)
    train = dict(training_data(cfg), pipeline=_forecast_pipeline(cut, training_pipeline(cfg)))
    val_cut = dict(cut, place='middle')
    val = dict(evaluation_data(cfg), pipeline=_forecast_pipeline(val_cut, evaluation_pipeline(cfg)))
    horizons = sorted({frames for frames in HORIZONS if frames < cut['horizon']} | {cut['horizon']})
    # meters to millimeters
    metric = dict(type='MPJPE', horizons=horizons, scale=1000.0)
    model = dict(type='SkeletonForecaster', backbone=backbone, head=head)
    training = SCHEDULES[encoder.kind].adapted(cfg, **given)
    return training.run(cfg, model, train, val, evaluator=[metric])


def _forecast_pipeline(cut: Changes, pipeline: Pipeline) -> Pipeline:
    return [dict(type='DropEmptyFrames'), cut, *without(pipeline, RESAMPLERS)]
