"""Features of whole data sets from a pretrained encoder."""

from typing import Optional, Tuple

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.model import BaseModel
from mmengine.runner import Runner, load_checkpoint
from torch import Tensor


def build_pretrainer(cfg: Config, checkpoint: Optional[str] = None) -> BaseModel:
    """Builds the model of a pretraining config, with random weights or those of a checkpoint, in eval mode."""
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    if checkpoint is not None:
        load_checkpoint(model, checkpoint, map_location='cpu', strict=True, logger='silent')
    return model.to(get_device()).eval()


@torch.no_grad()
def extract_features(model: BaseModel, dataset: dict, batch_size: int = 64) -> Tuple[Tensor, Tensor]:
    """The features of a data set in its order.

    Args:
        model (BaseModel): A pretrainer; its ``predict`` mode gives a ``feature`` per sample.
        dataset (dict): Config of the data set with its pipeline.
        batch_size (int): Samples per forward pass. Defaults to 64.

    Returns:
        tuple[Tensor]: Features ``(N, D)`` and labels ``(N, )``.
    """
    loader = Runner.build_dataloader(
        dict(
            dataset=dataset,
            batch_size=batch_size,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
        )
    )
    samples = [sample for batch in loader for sample in model.test_step(batch)]
    return torch.stack([sample.feature for sample in samples]), torch.cat([sample.gt_label for sample in samples])
