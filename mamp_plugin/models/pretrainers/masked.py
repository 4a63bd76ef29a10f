"""Masked pretraining: encode the visible tokens, decode, predict the hidden ones."""

from abc import abstractmethod
from math import prod
from typing import Any, Dict, List, Optional, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor

from mamp_plugin.masking import hidden_tokens

from ..backbones import TokenBackbone
from .base import SampleList, SkeletonPretrainer, fill_in, given_by_samples


def check_ids(ids_keep: Tensor, num_tokens: int) -> None:
    """Raise a ValueError if a mask ``(B, K)`` has duplicate or non-existent tokens, which would crash CUDA kernels."""
    ascending = ids_keep.sort(dim=1).values
    wrong = (ascending < 0) | (ascending >= num_tokens)
    wrong[:, 1:] |= ascending.diff(dim=1) == 0
    if wrong.numel() == 0 or wrong.any():
        raise ValueError(f'mask_ids_keep must name at least one token, each once, between 0 and {num_tokens - 1}')


def share_of_mean(present: Tensor) -> Tensor:
    """Return the weight of this rank's mean over ``present`` items that makes the average over ranks the global mean.

    Args:
        present (Tensor): Boolean, ``(B, )``.

    Returns:
        Tensor: A scalar; NaN if no rank has an item.
    """
    local = present.sum().float()
    everywhere = local.clone()
    all_reduce(everywhere)
    return local * get_world_size() / everywhere


class MaskedPretrainer(SkeletonPretrainer):
    """Base of methods that mask tokens, encode the visible ones, decode and predict something of the hidden ones.

    A method defines :meth:`targets`, the values to predict, and :meth:`head_facts`, the arguments of its head that
    follow from the backbone. Its head maps decoded tokens to predictions and has
    ``loss(tokens, targets, ids_keep=None)``.

    The neck chooses the hidden tokens to predict in a training step: ``neck.draw_ids(ids_keep)`` returns their indices
    ``(B, P)``, or None for all hidden tokens. ``neck(latent, ids_keep, ids)`` decodes the tokens ``ids``, or all if
    ``ids`` is None; the head then leaves the visible ones, ``ids_keep``, out of the loss. Both are told the number of
    joints or patches of joints, ``num_joints``. :class:`MotionDecoder` predicts all hidden tokens,
    :class:`QueryDecoder` a random share.

    Every person of every clip is masked on its own. A mask made in the pipeline takes the place of the drawn one:
    samples then bring ``mask_ids_keep``, int64 of shape ``(clips * M, K)``, the visible tokens in encoding order.

    Args:
        backbone (dict): Config of the backbone, a :class:`TokenBackbone` such as :class:`SkeletonTransformer`.
        masking (dict): Config of the masking, which selects the visible tokens.
        neck (dict): Config of the decoder; ``in_channels``, ``grid_size`` and ``layouts`` are filled in.
        head (dict): Config of the prediction head; ``in_channels`` and :meth:`head_facts` are filled in.
        skip_empty_persons (bool): Ignore persons whose coordinates are all exactly 0. The loss is then the mean over
            the present persons of all ranks, and 0 if there are none; a rank reports its share of that mean, so that
            the average over ranks is the mean. Defaults to False.
        num_masks (int): Masks drawn for each sequence of a batch in a training step, as in data2vec 2.0: more masks
            per sample of the pipeline, which pays where loading takes longer than a step. The targets are computed
            once. Defaults to 1.
        data_preprocessor (dict, optional): Config of the data preprocessor. Defaults to
            ``dict(type='ActionDataPreprocessor')``.
        init_cfg (dict or list[dict], optional): Initialization config. Defaults to None.
        readout (dict, optional): Config of the readout, see :class:`SkeletonPretrainer`. Defaults to None.
        coordinates (int, optional): Number of channels that are coordinates, the first ones. The others, such as the
            score of a 2D joint, are input of the encoder, but they neither decide the mask nor count as motion to
            predict. Defaults to None: all.
    """

    backbone: TokenBackbone

    def __init__(
        self,
        backbone: dict,
        masking: dict,
        neck: dict,
        head: dict,
        skip_empty_persons: bool = False,
        num_masks: int = 1,
        data_preprocessor: Optional[dict] = None,
        init_cfg: Union[dict, List[dict], None] = None,
        readout: Optional[dict] = None,
        coordinates: Optional[int] = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg, readout)
        if num_masks < 1:
            raise ValueError(f'num_masks must be at least 1, got {num_masks}')
        if not isinstance(self.backbone, TokenBackbone):
            raise TypeError(
                f'{type(self).__name__} needs a TokenBackbone, which encodes the visible tokens alone, such as '
                f'SkeletonTransformer; {type(self.backbone).__name__} does not'
            )
        self.coordinates = self.backbone.in_channels if coordinates is None else coordinates
        if not 1 <= self.coordinates <= self.backbone.in_channels:
            raise ValueError(
                f'coordinates must lie between 1 and in_channels={self.backbone.in_channels} of the backbone, '
                f'got {coordinates}'
            )
        self.masking = MODELS.build(masking)
        facts = dict(in_channels=self.backbone.out_channels, grid_size=self.backbone.grid_size)
        if self.backbone.layouts:
            facts.update(layouts=self.backbone.layouts)
        self.neck = MODELS.build(fill_in(neck, 'neck', **facts))
        self.head = MODELS.build(fill_in(head, 'head', in_channels=self.neck.embed_dims, **self.head_facts()))
        self.skip_empty_persons = skip_empty_persons
        if skip_empty_persons:
            self.accumulation_problem = 'skip_empty_persons takes the mean over the present persons of each batch'
        self.num_masks = num_masks

    # ---- defined by a method ---------------------------------------------------------------------------------------

    @abstractmethod
    def head_facts(self) -> Dict[str, Any]:
        """Return the arguments of the head that follow from the backbone."""

    @abstractmethod
    def targets(self, sequences: Tensor, ids: Optional[Tensor] = None) -> Tensor:
        """Return the values to predict of every token, or of some.

        Args:
            sequences (Tensor): One sequence of coordinates per person, ``(B, T, V, C)``.
            ids (Tensor, optional): Indices of the tokens, ``(B, P)``. Defaults to None: all in token order.

        Returns:
            Tensor: ``(B, L, values)``, or ``(B, P, values)`` with ``ids``; without gradient.
        """

    def token_losses(
        self, tokens: Tensor, targets: Tensor, ids_keep: Tensor, ids: Optional[Tensor] = None
    ) -> Dict[str, Tensor]:
        """Return losses, named ``loss...``, and values to log.

        Args:
            tokens (Tensor): Decoded tokens, ``(B, L, D_dec)``, or ``(B, P, D_dec)`` with ``ids``.
            targets (Tensor): Values to predict of each of them, ``(B, L, values)`` or ``(B, P, values)``.
            ids_keep (Tensor): Indices of the visible tokens, ``(B, K)``.
            ids (Tensor, optional): Indices of the decoded tokens, all hidden, ``(B, P)``. Defaults to None: all
                ``L`` tokens are decoded, visible ones too.

        Returns:
            dict[str, Tensor]: Scalars.
        """
        return dict(loss=self.head.loss(tokens, targets, ids_keep if ids is None else None))

    # ---- shared by all methods -------------------------------------------------------------------------------------

    def loss(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> Dict[str, Tensor]:
        """Return the losses of a batch.

        Args:
            inputs (Tensor): A batch of clips, ``(N, clips, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): May bring ``mask_ids_keep``.

        Returns:
            dict[str, Tensor]: See :meth:`token_losses`.
        """
        sequences, ids_keep = inputs.flatten(0, 2), self._given_mask(inputs, data_samples)
        if not self.skip_empty_persons:
            return self._losses(sequences, ids_keep)
        present = sequences.flatten(1).any(dim=1)
        share = share_of_mean(present)
        if not present.any():
            return dict(loss=self._zero_loss())
        losses = self._losses(sequences[present], None if ids_keep is None else ids_keep[present])
        return {name: value * share if name.startswith('loss') else value for name, value in losses.items()}

    @torch.no_grad()
    def reconstruct(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> Tuple[Tensor, Tensor, Tensor]:
        """Return predictions and targets of a batch, for inspection.

        Args:
            inputs (Tensor): A batch of clips, ``(N, clips, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): May bring ``mask_ids_keep``.

        Returns:
            tuple[Tensor]: Predictions and targets of all tokens of ``B = N * clips * M`` persons, both
            ``(B, L, values)``, and the mask of the hidden tokens, boolean ``(B, L)``.
        """
        sequences = inputs.flatten(0, 2)
        latent, ids_keep = self._encode(sequences, self._given_mask(inputs, data_samples))
        tokens = self.neck(latent, ids_keep, num_joints=self.backbone.grid_of(sequences)[1])
        return self.head(tokens), self.targets(sequences), hidden_tokens(ids_keep, tokens.size(1))

    def _losses(self, sequences: Tensor, ids_keep: Optional[Tensor]) -> Dict[str, Tensor]:
        latent, ids_keep = self._encode(sequences, ids_keep, self.num_masks)
        num_joints = self.backbone.grid_of(sequences)[1]
        ids = self.neck.draw_ids(ids_keep, num_joints=num_joints)
        tokens = self.neck(latent, ids_keep, ids, num_joints=num_joints)
        return self.token_losses(tokens, self._targets_of_masks(sequences, ids), ids_keep, ids)

    def _encode(self, sequences: Tensor, ids_keep: Optional[Tensor], num_masks: int = 1) -> Tuple[Tensor, Tensor]:
        """Mask and encode; return the encoded tokens and the indices of the visible ones, one mask after the other."""
        patches = self.backbone.cut(sequences)
        if num_masks > 1:
            patches = patches.repeat(num_masks, 1, 1, 1)
        if ids_keep is None:
            moving = patches.unflatten(-1, (-1, self.backbone.in_channels))[..., : self.coordinates]
            ids_keep = self.masking(moving.flatten(-2))
        return self.backbone.encode(patches, ids_keep), ids_keep

    def _targets_of_masks(self, sequences: Tensor, ids: Optional[Tensor]) -> Tensor:
        """Return the targets for all masks of each sequence, which are computed once per sequence."""
        masks = self.num_masks
        if ids is None:
            return self.targets(sequences).repeat(masks, 1, 1)
        by_sequence = ids.unflatten(0, (masks, -1)).transpose(0, 1).flatten(1)
        return self.targets(sequences, by_sequence).unflatten(1, (masks, -1)).transpose(0, 1).flatten(0, 1)

    def _given_mask(self, inputs: Tensor, data_samples: Optional[SampleList]) -> Optional[Tensor]:
        """Return the masks of the samples, ``(B, K)``, or None if they bring none."""
        masks = given_by_samples(data_samples, 'mask_ids_keep', inputs)
        if masks is None:
            return None
        if self.num_masks > 1:
            raise ValueError(f'mask_ids_keep brings one mask per sequence, but num_masks={self.num_masks}; set it to 1')
        shape = (inputs.shape[1] * inputs.shape[2], masks[0].shape[-1])
        for index, mask in enumerate(masks):
            if mask.shape != shape or mask.dtype != torch.int64:
                raise ValueError(
                    f'mask_ids_keep of sample {index} must be int64 (clips * persons, kept), here {shape} as in the '
                    f'rest of the batch; got {mask.dtype} {tuple(mask.shape)}'
                )
        ids_keep = torch.cat(masks)
        check_ids(ids_keep, prod(self.backbone.grid_of(inputs)))
        return ids_keep

    def _zero_loss(self) -> Tensor:
        """Return a loss of 0 that depends on every parameter, so that DDP does not wait for missing gradients."""
        return sum(parameter.flatten()[:0].sum() for parameter in self.parameters() if parameter.requires_grad)
