"""MAMP: the encoder sees a few tokens, and the motion of the others is predicted."""

from typing import Dict, List, Optional, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor

from mamp_plugin.masking import hidden_tokens

from .base import SampleList, SkeletonPretrainer, fill_in


def check_ids(ids_keep: Tensor, num_tokens: int) -> None:
    """Refuses tokens that do not exist or come twice in a mask ``(B, K)``; on a GPU they would crash far from here."""
    ascending = ids_keep.sort(dim=1).values
    wrong = (ascending < 0) | (ascending >= num_tokens)
    wrong[:, 1:] |= ascending.diff(dim=1) == 0
    if wrong.numel() == 0 or wrong.any():
        raise ValueError(f'mask_ids_keep must name at least one token, each once, between 0 and {num_tokens - 1}')


@MODELS.register_module()
class MAMP(SkeletonPretrainer):
    """Masked motion prediction, `Masked Motion Predictors are Strong 3D Action Representation Learners
    <https://arxiv.org/abs/2308.07092>`_ (ICCV 2023).

    Every person of every clip is a sample of its own. A sample that brings ``mask_ids_keep``, int64 of shape
    ``(clips * M, K)``, says itself which tokens the encoder sees and in which order. Where nothing moves (an absent
    person, a clip of a single patch) every token is as likely to be hidden as any other.

    Args:
        backbone (dict): Config of the backbone, a :class:`SkeletonTransformer`.
        masking (dict): Config of the masking that chooses the tokens to keep.
        neck (dict): Config of the decoder. What the backbone knows need not be given.
        head (dict): Config of the prediction head. What backbone and neck know need not be given.
        skip_empty_persons (bool): Whether persons whose coordinates are all exactly 0 are left out. The loss is then
            the mean over the persons that are there, in all processes together, and 0 if there are none; what one
            process reports is its share of that mean, so that the average over processes is the mean.
            Defaults to False.
        data_preprocessor (dict, optional): Config of the data preprocessor. Defaults to
            ``dict(type='ActionDataPreprocessor')``.
        init_cfg (dict or list[dict], optional): Initialization config. Defaults to None.
    """

    def __init__(
        self,
        backbone: dict,
        masking: dict,
        neck: dict,
        head: dict,
        skip_empty_persons: bool = False,
        data_preprocessor: Optional[dict] = None,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        if not hasattr(self.backbone, 'encode'):
            raise TypeError(
                f'MAMP needs a backbone that encodes chosen tokens, such as SkeletonTransformer; '
                f'{type(self.backbone).__name__} does not'
            )
        self.masking = MODELS.build(masking)
        self.neck = MODELS.build(
            fill_in(neck, 'neck', in_channels=self.backbone.embed_dims, grid_size=self.backbone.grid_size)
        )
        facts = dict(
            in_channels=self.neck.embed_dims,
            coordinates=self.backbone.in_channels,
            patch_size=self.backbone.patch_size,
        )
        self.head = MODELS.build(fill_in(head, 'head', **facts))
        self.skip_empty_persons = skip_empty_persons

    def loss(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> Dict[str, Tensor]:
        """The loss of a batch.

        Args:
            inputs (Tensor): A batch of clips, ``(N, clips, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): May bring ``mask_ids_keep``.

        Returns:
            dict[str, Tensor]: The loss under the key ``loss``.
        """
        sequences, ids_keep = inputs.flatten(0, 2), self._given_mask(inputs, data_samples)
        share = None
        if self.skip_empty_persons:
            present = sequences.flatten(1).any(dim=1)
            share = self._share(present)
            sequences = sequences[present]
            ids_keep = None if ids_keep is None else ids_keep[present]
            if len(sequences) == 0:
                return dict(loss=self._loss_of_nothing())
        tokens, ids_keep = self._decode(sequences, ids_keep)
        loss = self.head.loss(tokens, sequences, ids_keep)
        return dict(loss=loss if share is None else loss * share)

    @torch.no_grad()
    def reconstruct(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> Tuple[Tensor, Tensor, Tensor]:
        """What the model makes of a batch, to look at.

        Args:
            inputs (Tensor): A batch of clips, ``(N, clips, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): May bring ``mask_ids_keep``.

        Returns:
            tuple[Tensor]: Per person, of ``B = N * clips * M``: the predicted and the true values of all tokens, both
            ``(B, L, values)``, and which of them were hidden, boolean ``(B, L)``.
        """
        sequences = inputs.flatten(0, 2)
        tokens, ids_keep = self._decode(sequences, self._given_mask(inputs, data_samples))
        return self.head(tokens), self.head.targets(sequences), hidden_tokens(ids_keep, tokens.size(1))

    def _decode(self, sequences: Tensor, ids_keep: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
        """Masks, encodes and decodes; returns the decoded tokens and the indices of those that were visible."""
        patches = self.backbone.cut(sequences)
        if ids_keep is None:
            ids_keep = self.masking(patches)
        return self.neck(self.backbone.encode(patches, ids_keep), ids_keep), ids_keep

    def _given_mask(self, inputs: Tensor, data_samples: Optional[SampleList]) -> Optional[Tensor]:
        """The masks that came with the samples, ``(B, K)``, or None if none has one."""
        masks = [data_sample.get('mask_ids_keep') for data_sample in data_samples or []]
        missing = [index for index, mask in enumerate(masks) if mask is None]
        if len(missing) == len(masks):
            return None
        if missing:
            raise ValueError(f'sample {missing[0]} has no mask_ids_keep, but other samples of its batch do')
        masks = [torch.as_tensor(mask, device=inputs.device) for mask in masks]
        shape = (inputs.shape[1] * inputs.shape[2], masks[0].shape[-1])
        for index, mask in enumerate(masks):
            if mask.shape != shape or mask.dtype != torch.int64:
                raise ValueError(
                    f'mask_ids_keep of sample {index} must be int64 (clips * persons, kept), here {shape} as in the '
                    f'rest of the batch; got {mask.dtype} {tuple(mask.shape)}'
                )
        ids_keep = torch.cat(masks)
        check_ids(ids_keep, self.backbone.grid_size[0] * self.backbone.grid_size[1])
        return ids_keep

    @staticmethod
    def _share(present: Tensor) -> Tensor:
        """The weight of this process's mean, such that the average over processes is the mean over all persons."""
        local = present.sum().float()
        everywhere = local.clone()
        all_reduce(everywhere)
        return local * get_world_size() / everywhere

    def _loss_of_nothing(self) -> Tensor:
        """A loss of 0 that reaches every parameter, so that no process waits for gradients that never come."""
        return sum(parameter.flatten()[:0].sum() for parameter in self.parameters() if parameter.requires_grad)
