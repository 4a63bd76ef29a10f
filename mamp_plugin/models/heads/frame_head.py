"""Per-frame classifier of temporal action detection."""

from typing import Dict, List, Union

import numpy as np
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.utils import SampleList
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

#: Initialization of the classifier.
_NORMAL = dict(type='Normal', layer='Linear', std=0.01)


@MODELS.register_module()
class FrameHead(BaseModule):
    """Linear classifier of the features of each frame, averaged over persons and joints.

    It serves as ``cls_head`` of ``RecognizerGCN``. To train, samples need ``frame_labels`` ``(T, )``, listed in
    ``algorithm_keys`` of ``PackActionInputs``. Predictions are ``frame_scores`` ``(T, num_classes + 1)``,
    probabilities with background last.

    Args:
        num_classes (int): Number of actions; background is an additional class, the last.
        in_channels (int): Channels of the features, ``D``.
        temporal_patch (int): Frames per feature, ``T / T'``; they share scores. Defaults to 1.
        norm (bool): Batch norm without affine parameters in front of the classifier, as in the linear evaluation of
            MAMP. Defaults to False.
        ignore_index (int): Label of frames without a loss. Defaults to -100.
        init_cfg (dict or list[dict]): Initialization config.
            Defaults to ``dict(type='Normal', layer='Linear', std=0.01)``.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        temporal_patch: int = 1,
        norm: bool = False,
        ignore_index: int = -100,
        init_cfg: Union[dict, List[dict]] = _NORMAL,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if 0 <= ignore_index <= num_classes:
            raise ValueError(f'ignore_index={ignore_index} is a class; choose another number, for example -100')
        self.num_classes = num_classes
        self.temporal_patch = temporal_patch
        self.ignore_index = ignore_index
        self.norm = nn.BatchNorm1d(in_channels, eps=1e-6, affine=False) if norm else nn.Identity()
        self.fc = nn.Linear(in_channels, num_classes + 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits of every frame: ``(N, M, D, T', V')`` to ``(N, T, num_classes + 1)``."""
        scores = self.fc(self.norm(x.mean(dim=(1, 4))).transpose(1, 2))
        return scores.repeat_interleave(self.temporal_patch, dim=1)

    def loss(self, feats: Tensor, data_samples: SampleList) -> Dict[str, Tensor]:
        """Return cross-entropy and accuracy over all labeled frames.

        Args:
            feats (Tensor): Features, ``(N, M, D, T', V')``.
            data_samples (list[ActionDataSample]): Samples with ``frame_labels``.

        Returns:
            dict: ``loss_cls`` and ``frame_acc``.
        """
        scores = self(feats).float()
        arrays = [self._labels(sample, scores.size(1)) for sample in data_samples]
        labels = torch.from_numpy(np.stack(arrays)).to(scores.device)
        loss = F.cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=self.ignore_index)
        labeled = labels != self.ignore_index
        right = (scores.argmax(dim=2) == labels) & labeled
        return dict(loss_cls=loss, frame_acc=right.sum() / labeled.sum())

    def predict(self, feats: Tensor, data_samples: SampleList) -> SampleList:
        """Set ``frame_scores`` of the data samples.

        Args:
            feats (Tensor): Features, ``(N, M, D, T', V')``.
            data_samples (list[ActionDataSample]): One sample per clip.

        Returns:
            list[ActionDataSample]: ``data_samples``.
        """
        probabilities = self(feats).float().softmax(dim=2)
        if len(probabilities) != len(data_samples):
            raise ValueError(
                f'{len(probabilities)} clips for {len(data_samples)} samples; FrameHead takes one clip per sample'
            )
        for sample, scores in zip(data_samples, probabilities):
            sample.set_field(scores, 'frame_scores')
        return data_samples

    def _labels(self, sample: ActionDataSample, num_frames: int) -> np.ndarray:
        """Return the labels of one sample, checked on the CPU because CUDA reports a wrong one without its sample."""
        name = f'sample {sample.get("frame_dir")!r}'
        if 'frame_labels' not in sample:
            raise KeyError(f"{name} has no frame_labels; set algorithm_keys=('frame_labels', ) of PackActionInputs")
        labels = np.asarray(sample.frame_labels)
        if labels.shape != (num_frames,):
            raise ValueError(
                f'{name} has frame_labels of shape {labels.shape} for scores of {num_frames} frames; set '
                f'temporal_patch of FrameHead (now {self.temporal_patch}) to the frames per feature of the backbone, '
                'and use no transform that changes the number of frames'
            )
        wrong = labels[((labels < 0) | (labels > self.num_classes)) & (labels != self.ignore_index)]
        if len(wrong):
            raise ValueError(
                f'{name} has frame label {wrong[0]}, but FrameHead knows 0 to {self.num_classes - 1}, '
                f'{self.num_classes} for background and {self.ignore_index} to ignore; '
                'set num_classes of head and data set to the number of actions'
            )
        return labels
