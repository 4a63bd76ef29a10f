"""Sizes of a run, and the outcome of a check."""

from typing import Any, Dict, NamedTuple, Sequence

import torch
from benchmarks.mamp_step import CONFIGS
from benchmarks.measure import prepare
from mmaction.registry import MODELS
from mmengine.config import Config
from torch import nn


class Setup(NamedTuple):
    """Device and sizes of a run.

    Args:
        device (str): 'cuda' or 'cpu'.
        mamp (str): Config of MAMP.
        pcm3 (str): Config of PCM3 with a :class:`SkeletonGRU`.
        batch_size (int): Samples of a comparison of gradients, which the CPU computes too.
        mamp_batch_size (int): Samples of a timed step of MAMP.
        pcm3_batch_size (int): Samples of a timed step of PCM3.
        rounds (int): Rounds of timed steps.
        matmul_size (int): Rows of the matrices whose product gives the matrix product rate.
        training_steps (int): Steps of a training.
    """

    device: str
    mamp: str
    pcm3: str
    batch_size: int
    mamp_batch_size: int
    pcm3_batch_size: int
    rounds: int
    matmul_size: int
    training_steps: int


#: Published models with the batch size of one GPU.
FULL = Setup(
    device='cuda',
    mamp='mamp_ntu60.py',
    pcm3='pcm3_ntu60.py',
    batch_size=2,
    mamp_batch_size=32,
    pcm3_batch_size=128,
    rounds=10,
    matmul_size=8192,
    training_steps=60,
)
#: Small models, to run every line without a GPU.
DRY_RUN = Setup(
    device='cpu',
    mamp='mamp_published_synthetic.py',
    pcm3='pcm3_synthetic.py',
    batch_size=2,
    mamp_batch_size=2,
    pcm3_batch_size=2,
    rounds=1,
    matmul_size=256,
    training_steps=4,
)


class Outcome(NamedTuple):
    """Result of a check.

    Args:
        figures (dict): Numbers and names by name.
        limits (dict[str, float]): Largest value allowed to some of the figures.
        rows (list[dict]): Table. Defaults to none.
    """

    figures: Dict[str, Any]
    limits: Dict[str, float]
    rows: Sequence[dict] = ()

    @property
    def passed(self) -> bool:
        """True if all figures are within their limits, which NaN is not."""
        return all(self.figures[name] <= limit for name, limit in self.limits.items())


def build(config: str, **neck: Any) -> nn.Module:
    """Build a model on the CPU, with weights that depend on the config only.

    Args:
        config (str): File name of a pretraining config.
        **neck: Changes of the decoder.
    """
    prepare()
    torch.manual_seed(0)
    cfg = Config.fromfile(CONFIGS / config)
    if neck:  # PCM3 has none
        cfg.model.neck.update(neck)
    model = MODELS.build(cfg.model)
    model.init_weights()
    return model
