"""Base of the classifiers of downstream tasks."""

from typing import Any, Dict, List, Optional

import torch
from mmaction.models.heads import BaseHead
from mmaction.structures import ActionDataSample
from torch import Tensor, nn


class ClassificationHead(BaseHead):
    """mmaction2's classification head with checks of features and labels.

    Args:
        num_classes (int): Number of classes.
        in_channels (int): Channels of the backbone's features, ``D``.
        average_clips (str, optional): Average over the clips of a sample: 'score' for logits, 'prob' for probabilities,
            None for no average. Defaults to 'score', so that a test saves logits.
        **kwargs: As for :class:`mmaction.models.heads.BaseHead`: ``loss_cls``, ``label_smooth_eps``, ``topk`` and so
            on.
    """

    def __init__(
        self, num_classes: int, in_channels: int, average_clips: Optional[str] = 'score', **kwargs: Any
    ) -> None:
        super().__init__(num_classes, in_channels, average_clips=average_clips, **kwargs)

    def loss(self, feats: Tensor, data_samples: List[ActionDataSample], **kwargs: Any) -> Dict[str, Tensor]:
        """Return losses and accuracies of a batch.

        Args:
            feats (Tensor): The backbone's features, ``(N, M, D, T', V')``.
            data_samples (list[ActionDataSample]): Samples with labels.

        Returns:
            dict[str, Tensor]: ``loss_cls`` and the accuracies of ``topk``.
        """
        if len(feats) != len(data_samples):
            raise ValueError(
                f'a sample is trained on as one clip, got {len(feats)} clips of {len(data_samples)} samples; '
                'has train_dataloader.dataset.pipeline been taken from a pretraining run with several views?'
            )
        self._check_labels(data_samples)
        return super().loss(feats, data_samples, **kwargs)

    def _check_labels(self, data_samples: List[ActionDataSample]) -> None:
        for index, data_sample in enumerate(data_samples):
            if 'gt_label' not in data_sample:
                raise ValueError(
                    f"{_name(data_sample, index)} has no label: its annotation lacks the key 'label', or a transform "
                    'in front of PackActionInputs drops it; add the label to the annotation file'
                )
        labels = torch.stack([data_sample.gt_label for data_sample in data_samples])
        if labels.size(1) != 1:  # soft labels, one weight per class
            return
        wrong = ((labels < 0) | (labels >= self.num_classes)).flatten().nonzero()
        if len(wrong):
            index = int(wrong[0])
            sample = _name(data_samples[index], index)
            raise ValueError(
                f'{sample} has label {int(labels[index])}, but model.cls_head.num_classes={self.num_classes} knows '
                f'labels from 0 to {self.num_classes - 1}; set num_classes to that of the data set or fix its labels'
            )

    def _check_channels(self, feats: Tensor) -> None:
        if feats.ndim != 5:
            raise ValueError(
                f"features must be (N, M, D, T', V') as RecognizerGCN gives them, got {tuple(feats.shape)}"
            )
        if feats.size(2) != self.in_channels:
            raise ValueError(
                f'the backbone gives features of {feats.size(2)} channels, but '
                f'model.cls_head.in_channels={self.in_channels}; set in_channels={feats.size(2)}'
            )

    def _normalize(self, norm: nn.Module, x: Tensor) -> Tensor:
        """Apply a batch norm to ``(N, D)``."""
        if norm.training and len(x) == 1 and not isinstance(norm, nn.SyncBatchNorm):
            raise ValueError(
                f'the batch norm of {type(self).__name__} cannot learn from a batch of one sample; raise '
                'train_dataloader.batch_size, or set train_dataloader.drop_last=True if it is the last of an epoch'
            )
        return norm(x)


def _name(data_sample: ActionDataSample, index: int) -> str:
    """Return the name of a sample, or its index in the batch if the pipeline does not pass names on."""
    name = data_sample.get('frame_dir')
    return f'sample {index} of the batch' if name is None else f'sample {name!r}'
