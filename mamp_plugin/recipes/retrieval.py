"""Recipe that evaluates features by their nearest neighbors."""

from typing import Optional, Union

from mmengine.config import ConfigDict

from .changes import Changes, replacing, with_type
from .data import evaluation_data, training_data
from .pipelines import evaluation_pipeline


def retrieval(
    cfg: ConfigDict, interval: int = 20, readout: Union[str, dict, None] = None, whiten: Optional[int] = None
) -> Changes:
    """Test the pretrained features by nearest neighbors (cosine) among the training samples.

    Nothing is trained for it. Trained, the config pretrains and reports the accuracy of one neighbor as a curve.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        interval (int): Epochs from one report of pretraining to the next. Defaults to 20.
        readout (str or dict, optional): Config, or type, of the readout of the features, for example ``'PartPool'``.
            That of the pretraining config if None.
        whiten (int, optional): Components of a whitening fitted on the training samples. None for no whitening.
    """
    dataset = dict(
        type='RetrievalDataset',
        pipeline=evaluation_pipeline(cfg),
        gallery=training_data(cfg),
        queries=evaluation_data(cfg),
    )
    loader = dict(
        batch_size=64,
        num_workers=cfg.train_dataloader.get('num_workers', 0),
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dataset,
    )
    hook = dict(type='NeighborHook', interval=interval, start=True)
    changes = dict(
        test_cfg=dict(type='TestLoop'),
        test_dataloader=loader,
        test_evaluator=dict(type='KNNMetric', k=[1, 5, 20], **({} if whiten is None else dict(whiten=whiten))),
        custom_hooks=[*(cfg.get('custom_hooks') or []), hook],
    )
    if readout:
        changes['model'] = dict(cfg.model, readout=with_type(readout))
    return replacing(cfg, changes)
