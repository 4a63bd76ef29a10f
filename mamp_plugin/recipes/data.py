"""Data sets of downstream recipes."""

from typing import Tuple

from mmengine.config import Config


def evaluation_datasets(cfg: Config) -> Tuple[dict, dict]:
    """Return configs of the training and the validation data of a pretraining config, with the test pipeline.

    Args:
        cfg (Config): Config of a pretraining run.
    """
    train, val = (dict(data, pipeline=cfg.test_pipeline, test_mode=True) for data in (cfg.train_data, cfg.val_data))
    return train, val
