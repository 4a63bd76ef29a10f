"""Extract the features of data sets with a frozen encoder."""

from typing import Callable, Iterable, List, Optional, Tuple

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.model import BaseModel
from mmengine.runner import Runner, load_checkpoint
from torch import Tensor

from mamp_plugin.progress import Track, no_progress


def build_pretrainer(cfg: Config, checkpoint: Optional[str] = None, seed: int = 0) -> BaseModel:
    """Build the model of a pretraining config, in eval mode.

    Args:
        cfg (Config): Config of the pretraining run.
        checkpoint (str, optional): Checkpoint of that run. Defaults to None: random weights.
        seed (int): Seed of the random weights. Defaults to 0.
    """
    torch.manual_seed(seed)
    model = MODELS.build(cfg.model)
    model.init_weights()
    if checkpoint is not None:
        load_checkpoint(model, checkpoint, map_location='cpu', strict=True, logger='silent')
    return model.to(get_device()).eval()


class RawPoses(BaseModel):
    """Baseline without a network: the ``feature`` of a sample is its coordinates, ``(clips * M * T * V * C, )``.

    Args:
        data_preprocessor (nn.Module): The data preprocessor of the model to compare with.
    """

    def forward(self, inputs: Tensor, data_samples: List[ActionDataSample], mode: str) -> List[ActionDataSample]:
        """Set the ``feature`` of each sample of a batch ``(N, clips, M, T, V, C)``."""
        for data_sample, feature in zip(data_samples, inputs.flatten(1)):
            data_sample.set_field(feature, 'feature')
        return data_samples


def extract_features(
    model: BaseModel, dataset: dict, batch_size: int = 64, track: Track = no_progress
) -> Tuple[Tensor, Tensor]:
    """Extract the features of a data set with a pretrainer.

    Args:
        model (BaseModel): A pretrainer, whose ``predict`` mode gives a ``feature`` for each sample.
        dataset (dict): Config of the data set with its pipeline.
        batch_size (int): Batch size. Defaults to 64.
        track (callable): Shows the progress. Defaults to none.

    Returns:
        tuple[Tensor]: Features ``(N, D)`` and labels ``(N, )`` in the order of the data set.
    """
    sampler = dict(type='DefaultSampler', shuffle=False)
    loader = Runner.build_dataloader(dict(dataset=dataset, batch_size=batch_size, num_workers=0, sampler=sampler))

    def encode(batch: dict) -> Tensor:
        samples = model(**batch, mode='predict')
        if 'feature' not in samples[0]:
            raise ValueError(f'{type(model).__name__} predicts no features; give the config of a pretraining run')
        return torch.stack([sample.feature for sample in samples])

    return _encode_all(model, track(loader, len(loader)), encode)


def clip_features(model: BaseModel, batches: Iterable[dict]) -> Tuple[Tensor, Tensor]:
    """Extract the features that the head of a recognizer pools from each clip.

    Args:
        model (BaseModel): A recognizer whose ``cls_head`` has ``pool``, such as ``LinearProbeHead``.
        batches (iterable[dict]): A data loader.

    Returns:
        tuple[Tensor]: Features ``(N, clips, D)`` and labels ``(N, )`` in the order of the batches.
    """

    def encode(batch: dict) -> Tensor:
        inputs = batch['inputs']
        return model.cls_head.pool(model(inputs)).unflatten(0, inputs.shape[:2])

    return _encode_all(model, batches, encode)


@torch.no_grad()
def _encode_all(model: BaseModel, batches: Iterable[dict], encode: Callable[[dict], Tensor]) -> Tuple[Tensor, Tensor]:
    """Encode preprocessed batches in eval mode; return all features and labels."""
    training = model.training
    model.eval()
    features, labels = [], []
    for batch in batches:
        batch = model.data_preprocessor(batch)
        features.append(encode(batch))
        labels += [sample.gt_label for sample in batch['data_samples']]
    model.train(training)
    return torch.cat(features), torch.cat(labels)
