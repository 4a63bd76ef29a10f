"""Loss curve of a short training against the CPU's in fp32: same weights, data, masks and random draws."""

from copy import deepcopy
from typing import Dict, List

import torch
from benchmarks.mamp_step import CONFIGS
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.runner import set_random_seed
from torch import nn

from mamp_plugin.recipes import mask_in_pipeline

from .setup import Outcome, Setup, build


def mamp(setup: Setup) -> Outcome:
    """Train MAMP in fp32."""
    return train('mamp_published_synthetic.py', setup, 8, dict(curve=1e-3, fall=1.0))


def mamp_bf16(setup: Setup) -> Outcome:
    """Train MAMP in bf16."""
    return train('mamp_published_synthetic.py', setup, 8, dict(curve=0.02, fall=1.0), bf16=True)


def pcm3(setup: Setup) -> Outcome:
    """Train PCM3 in fp32; its loss rises first, while the queue fills with keys."""
    return train('pcm3_synthetic.py', setup, 16, dict(curve=0.01))


def train(config: str, setup: Setup, batch_size: int, limits: Dict[str, float], bf16: bool = False) -> Outcome:
    """Compare the loss curves of both devices.

    ``curve`` is the largest relative difference of a step, ``fall`` the mean loss of the last quarter of the steps
    relative to that of the first.
    """
    model = build(config)
    cfg = Config.fromfile(CONFIGS / config)
    batches = draw_batches(cfg, setup.training_steps, batch_size)
    expected = curve(model, cfg.optim_wrapper, batches, 'cpu', bf16=False)
    losses = curve(model, cfg.optim_wrapper, batches, setup.device, bf16)
    quarter = max(1, len(losses) // 4)
    figures = dict(
        curve=max(abs(ours - other) / other for ours, other in zip(losses, expected)),
        fall=sum(losses[-quarter:]) / sum(losses[:quarter]),
    )
    every = max(1, len(losses) // 10)
    rows = [dict(step=step, cpu=expected[step], device=losses[step]) for step in range(0, len(losses), every)]
    return Outcome(figures, limits, rows)


def draw_batches(cfg: Config, steps: int, batch_size: int) -> List[dict]:
    """Return random batches of the synthetic data whose samples bring their masks."""
    set_random_seed(0)
    dataset = DATASETS.build(dict(mask_in_pipeline(cfg)['train_dataloader']['dataset'], indices=64))
    order = torch.randint(len(dataset), (steps, batch_size))
    return [pseudo_collate([dataset[index] for index in batch]) for batch in order.tolist()]


def curve(model: nn.Module, optim_wrapper: dict, batches: List[dict], device: str, bf16: bool) -> List[float]:
    """Train a copy of a model and return the loss of every step."""
    model = deepcopy(model).to(device)
    optimizer = build_optim_wrapper(model, deepcopy(optim_wrapper))
    losses = []
    for step, batch in enumerate(batches):
        torch.manual_seed(step)  # PCM3 draws on the CPU
        data = model.data_preprocessor(deepcopy(batch), training=True)
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            loss, _ = model.parse_losses(model(**data, mode='loss'))
        optimizer.update_params(loss)
        losses.append(float(loss.detach()))
    return losses
