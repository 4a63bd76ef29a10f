"""PCM3: contrastive learning prompted and combined with masked motion modeling."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from mamp_plugin.masking import MaskDraw
from mamp_plugin.skeletons import LayoutLike, get_layout

from ..backbones import SkeletonBackbone
from ..layers import (
    KeyQueue,
    MixDraw,
    NoPrompts,
    PromptOffsets,
    PromptsAfterNorm,
    PromptsBeforeNorm,
    Teacher,
    pad_persons,
    partners,
    shuffle_batch,
    unshuffle_batch,
)
from ..necks import SequencePool
from .base import SampleList, SkeletonPretrainer, fill_in, given_by_samples

#: Branches of the query encoder in the order of its forward passes.
BRANCHES = ('query', 'masked', 'recons', 'mix')


class PCM3Draws(NamedTuple):
    """Random choices of one training step.

    Args:
        mask (MaskDraw): Hidden body parts.
        mix (MixDraw): Choices of the mix.
        offsets (PromptOffsets): Offsets of the task prompts.
    """

    mask: MaskDraw
    mix: MixDraw
    offsets: PromptOffsets


class PCM3Branches(NamedTuple):
    """Outputs of the networks in one training step.

    Args:
        queries (Tensor): Queries of each branch, ``(4, N, D)``.
        keys (Tensor): Keys of the second view, ``(N, D)``.
        mixed_keys (Tensor): Keys mixed as the views are, ``(N, D)``.
        reconstruction (Tensor): The predicted third view, ``(N, M, T, V, C)``.
        hidden (Tensor): Boolean mask of the hidden joints, ``(N, M, T, V)``, or ``(1, M, T, V)`` if it is shared.
        num_hidden (int): Number of hidden joints in the batch.
    """

    queries: Tensor
    keys: Tensor
    mixed_keys: Tensor
    reconstruction: Tensor
    hidden: Tensor
    num_hidden: int


@MODELS.register_module()
class PCM3(SkeletonPretrainer):
    """`Prompted Contrast with Masked Motion Modeling <https://arxiv.org/abs/2308.03975>`_ (ACM MM 2023).

    A sample has three views: for the query, for the key, and to be masked. ``loss_query``, ``loss_masked``,
    ``loss_recons`` and ``loss_mix`` are contrastive, with the accuracy of finding the positive key as ``acc_...``;
    ``loss_distillation`` and ``loss_reconstruction`` complete the sum.

    All samples of a batch share the mask that the model draws. A mask made in the pipeline takes its place: samples
    then bring ``hidden_joints``, boolean of shape ``(3, M, T, V)``, of which the third view's is used.

    Args:
        backbone (dict): Config of any backbone, see :func:`build_backbone`.
        layout (str or dict, optional): Skeleton layout, the backbone's. Defaults to None, and need not be given.
        num_persons (int, optional): Persons of a sequence, ``M``; absent ones are zeros. Those of the backbone if it
            merges persons, else 2.
        pool (dict, optional): Config of the pooling to one feature per step. Defaults to ``dict(type='SequencePool')``,
            whose ``summary`` is 'last' for recurrent backbones and 'mean' for others.
        projector (dict, optional): Config of the projector. Defaults to ``dict(type='Projector')``.
        decoder (dict, optional): Config of the decoder. Defaults to ``dict(type='SequenceDecoder')``.
        masking (dict, optional): Config of the masking. Defaults to ``dict(type='BodyPartMasking')``.
        mixing (dict, optional): Config of the mixing. Defaults to ``dict(type='ViewMixing')``.
        head (dict, optional): Config of the contrastive head. Defaults to ``dict(type='ContrastHead')``.
        queue_size (int): Negative keys in the memory queue, ``K``. Defaults to 16384.
        momentum (float): EMA momentum of the key encoder. Defaults to 0.999.
        reconstruction_weight (float): Weight of the reconstruction loss. Defaults to 40.
        prompts (bool): Use prompts. Without them, as for the bone and motion streams, there is no distillation and the
            contrastive losses do not train the decoder. Defaults to True.
        prompt_position (str): 'before_norm' adds prompts in front of batch norms, as released; 'after_norm' behind
            them, as published, which needs a backbone that accepts prompts. Defaults to 'before_norm'.
        task_prompt_dims (int): Length of a task prompt. Defaults to 256.
        data_preprocessor (dict, optional): Config of the data preprocessor. Defaults to
            ``dict(type='ActionDataPreprocessor')``.
        init_cfg (dict or list[dict], optional): Initialization config. Defaults to None.
        readout (dict, optional): Config of the readout, see :class:`SkeletonPretrainer`. Defaults to None.
    """

    accumulation_problem = 'normalization, queue and momentum encoder advance with every batch'

    def __init__(
        self,
        backbone: dict,
        layout: Optional[LayoutLike] = None,
        num_persons: Optional[int] = None,
        pool: Optional[dict] = None,
        projector: Optional[dict] = None,
        decoder: Optional[dict] = None,
        masking: Optional[dict] = None,
        mixing: Optional[dict] = None,
        head: Optional[dict] = None,
        queue_size: int = 16384,
        momentum: float = 0.999,
        reconstruction_weight: float = 40.0,
        prompts: bool = True,
        prompt_position: str = 'before_norm',
        task_prompt_dims: int = 256,
        data_preprocessor: Optional[dict] = None,
        init_cfg: Union[dict, List[dict], None] = None,
        readout: Optional[dict] = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg, readout)
        given: Dict[str, Any] = dict(layout=layout, num_persons=num_persons)
        given = {key: value for key, value in given.items() if value is not None}
        layout = fill_in(given, 'PCM3', layout=self.backbone.layout)['layout']
        if self.backbone.num_persons is not None:
            given = fill_in(given, 'PCM3', num_persons=self.backbone.num_persons)
        self.num_persons = given.get('num_persons', 2)
        self.frame_shape = (self.num_persons, get_layout(layout).num_joints, self.backbone.in_channels)
        self.pool = self._build_pool(pool)
        channels = self.pool.out_channels
        self.projector = MODELS.build(fill_in(projector or dict(type='Projector'), 'projector', in_channels=channels))
        values = self.frame_shape[0] * self.frame_shape[1] * self.frame_shape[2]
        decoder = decoder or dict(type='SequenceDecoder')
        self.decoder = MODELS.build(fill_in(decoder, 'decoder', in_channels=channels, frame_values=values))
        self.masking = MODELS.build(fill_in(masking or dict(type='BodyPartMasking'), 'masking', layout=layout))
        self.mixing = MODELS.build(fill_in(mixing or dict(type='ViewMixing'), 'mixing', layout=layout))
        self.head = MODELS.build(head or dict(type='ContrastHead'))
        self.queue = KeyQueue(self.projector.out_channels, queue_size)
        self.key_encoder = Teacher(self._query_encoder(), momentum)
        self.reconstruction_weight = reconstruction_weight
        self.with_prompts = prompts
        self.prompts = self._build_prompts(prompt_position, task_prompt_dims)

    def _build_pool(self, pool: Optional[dict]) -> SequencePool:
        summary = 'last' if self.backbone.kind == 'recurrent' else 'mean'
        facts = dict(
            in_channels=self.backbone.out_channels,
            num_persons=1 if self.backbone.num_persons else self.num_persons,
        )
        return MODELS.build(fill_in(dict(dict(type='SequencePool', summary=summary), **pool or {}), 'pool', **facts))

    def _build_prompts(self, position: str, task_dims: int) -> NoPrompts:
        if position not in ('before_norm', 'after_norm'):
            raise ValueError(f"prompt_position must be 'before_norm' or 'after_norm', got {position!r}")
        if not self.with_prompts:
            return NoPrompts()
        if position == 'before_norm':
            return PromptsBeforeNorm(self.frame_shape, self.pool.out_channels, task_dims)
        if not self.backbone.accepts_prompts:
            raise ValueError(
                f"prompt_position='after_norm' needs a backbone that accepts prompts, such as SkeletonGRU; "
                f'{type(self.backbone).__name__} has no input norm to add prompts after'
            )
        return PromptsAfterNorm(self.frame_shape, self.pool.out_channels, self.decoder.hidden_dims, task_dims)

    def _query_encoder(self) -> Dict[str, nn.Module]:
        return dict(backbone=self.backbone, projector=self.projector)

    def init_weights(self) -> None:
        """Initialize all weights and copy those of the query encoder to the key encoder."""
        super().init_weights()
        self.key_encoder.copy(self._query_encoder())

    # ---- one step --------------------------------------------------------------------------------------------------

    def loss(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> Dict[str, Tensor]:
        """Return the losses of a batch; in training, enqueue its keys.

        Args:
            inputs (Tensor): Three views of each sequence, ``(N, 3, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): May bring ``hidden_joints``.

        Returns:
            dict[str, Tensor]: Losses and accuracies by branch.
        """
        if inputs.size(1) != 3:
            raise ValueError(
                f'PCM3 needs three views of each sequence, (N, 3, M, T, V, C), got {tuple(inputs.shape)}; '
                'is MultiView in the pipeline?'
            )
        views = pad_persons(inputs, self.num_persons)
        hidden = self._given_mask(inputs, data_samples)
        branches = self.encode(views, self.draw(len(views), views.size(3)), hidden)
        losses = self.compare(branches, views[:, 2])
        self._check_losses(losses)
        if self.training:
            self.queue.push(branches.keys)
        return losses

    def draw(self, num_samples: int, num_frames: int) -> PCM3Draws:
        """Draw the random choices of a step, on the CPU, so that no synchronization with a GPU is needed."""
        return PCM3Draws(self.masking.draw(), self.mixing.draw(num_samples, num_frames), self.prompts.draw())

    def encode(self, views: Tensor, draws: PCM3Draws, hidden: Optional[Tensor] = None) -> PCM3Branches:
        """Run all networks of a step.

        The query encoder is called twice, for two views each, because the masked view is needed for the predicted one.
        Its batch norms see the branches in the order of the released implementation.

        Args:
            views (Tensor): Three views of each sequence, ``(N, 3, M, T, V, C)``.
            draws (PCM3Draws): Random choices of the step.
            hidden (Tensor, optional): Mask of the third view, boolean ``(N, M, T, V)``. Drawn if not given.

        Returns:
            PCM3Branches: Queries, keys and the reconstruction.
        """
        query_view, key_view, view = views.unbind(dim=1)
        # first, because it needs no activations of the query encoder in memory
        keys = self._encode_keys(key_view, draws.offsets.key)
        mixed_view, share = self.mixing(query_view, draws.mix)
        mixed_keys = F.normalize(keys.lerp(partners(keys, draws.mix.shift), share), dim=1)
        if hidden is None:
            hidden = self.masking(draws.mask, *view.shape[2:0:-1]).unsqueeze(0)
        num_hidden = int(hidden.sum()) * len(view) // len(hidden)
        hidden = hidden.to(view.device)
        masked_view = view.masked_fill(hidden.unsqueeze(-1), 0)

        query, masked = self._encode_views(self.backbone, (query_view, masked_view), ('base', 'mask'))
        reconstruction, prediction = self._decode(masked, draws.offsets.prediction, view.size(2))
        predicted_view = torch.where(hidden.unsqueeze(-1), prediction, view)
        recons, mix = self._encode_views(self.backbone, (predicted_view, mixed_view), ('recons', 'mix'))

        offsets = draws.offsets._asdict()
        prompted = [
            self.prompts.on_summary(self.pool.summarize(sequence), offsets[branch])
            for branch, sequence in zip(BRANCHES, (query, masked, recons, mix))
        ]
        queries = self.projector(torch.stack(prompted))
        return PCM3Branches(queries, keys, mixed_keys, reconstruction, hidden, num_hidden)

    def compare(self, branches: PCM3Branches, view: Tensor) -> Dict[str, Tensor]:
        """Return losses and accuracies by branch.

        Args:
            branches (PCM3Branches): Outputs of the networks.
            view (Tensor): The third view before masking, ``(N, M, T, V, C)``.

        Returns:
            dict[str, Tensor]: Losses and accuracies.
        """
        keys = torch.stack([branches.mixed_keys if branch == 'mix' else branches.keys for branch in BRANCHES])
        contrast = self.head.loss(branches.queries, keys, self.queue(), distill=self.with_prompts)
        losses = {f'loss_{branch}': loss for branch, loss in zip(BRANCHES, contrast.losses)}
        if self.with_prompts:
            losses['loss_distillation'] = contrast.distillations.sum()
        error = (branches.reconstruction.float() - view).square() * branches.hidden.unsqueeze(-1)
        num_values = branches.num_hidden * view.size(-1)
        losses['loss_reconstruction'] = self.reconstruction_weight * error.sum() / num_values
        losses.update({f'acc_{branch}': accuracy for branch, accuracy in zip(BRANCHES, contrast.accuracies)})
        return losses

    @torch.no_grad()
    def _encode_keys(self, view: Tensor, offset: int) -> Tensor:
        """Return the keys of a view, ``(N, D)``; in training, update the key encoder first."""
        encoder: Any = self.key_encoder
        if self.training:
            encoder.update(self._query_encoder())
        shuffled, order = shuffle_batch(view)
        (sequence,) = self._encode_views(encoder.backbone, (shuffled,), ('base',))
        keys = encoder.projector(self.prompts.on_summary(self.pool.summarize(sequence), offset))
        return unshuffle_batch(keys, order)

    def _encode_views(
        self, backbone: SkeletonBackbone, views: Tuple[Tensor, ...], domains: Tuple[str, ...]
    ) -> List[Tensor]:
        """Return one feature per step of each view ``(N, M, T, V, C)``: ``(N, T', D)``."""
        prompted = [self.prompts.on_view(view, domain) for view, domain in zip(views, domains)]
        features = backbone.encode_views(prompted, [self.prompts.on_norm(domain) for domain in domains])
        return [self.pool(each) for each in features]

    def _decode(self, sequence: Tensor, offset: int, num_frames: int) -> Tuple[Tensor, Tensor]:
        """Predict the third view, ``(N, M, T, V, C)``: once for the reconstruction loss and once for the encoder.

        Both have the same values. Through the second, contrastive losses train the decoder but not the encoder of the
        masked view; without prompts, they train neither.
        """
        sequence = self.prompts.on_sequence(sequence, offset)
        sequences = [sequence.detach(), sequence] if self.with_prompts else [sequence]
        predictions = self.decoder(sequences, num_frames, self.prompts.on_decoder_norm())
        persons, joints, coordinates = self.frame_shape
        frames = [x.unflatten(2, (joints, coordinates, persons)).permute(0, 4, 1, 2, 3) for x in predictions]
        return frames[-1], frames[0] if self.with_prompts else frames[0].detach()

    # ---- features and checks ---------------------------------------------------------------------------------------

    def summarize(self, features: Tensor) -> Tensor:
        """Return one feature per clip before the projector: ``(B, M, D, T', V')`` to ``(B, D)``."""
        return self.pool.summarize(self.pool(features))

    def _given_mask(self, inputs: Tensor, data_samples: Optional[SampleList]) -> Optional[Tensor]:
        """Return the samples' masks of the third view, ``(N, M, T, V)``, or None if they bring none."""
        masks = given_by_samples(data_samples, 'hidden_joints', inputs)
        if masks is None:
            return None
        for index, mask in enumerate(masks):
            if mask.shape != inputs.shape[1:5] or mask.dtype != torch.bool:
                raise ValueError(
                    f'hidden_joints of sample {index} must be bool {tuple(inputs.shape[1:5])} as its views, '
                    f'(3, M, T, V), got {mask.dtype} {tuple(mask.shape)}; is MaskBodyParts behind FormatGCNInput?'
                )
        hidden = torch.stack(masks)[:, 2]
        if not hidden.any():
            raise ValueError('hidden_joints hide nothing in the third view of a batch; mask view 2 in the pipeline')
        return pad_persons(hidden.unsqueeze(-1), self.num_persons).squeeze(-1)

    @staticmethod
    def _check_losses(losses: Dict[str, Tensor]) -> None:
        """Raise a FloatingPointError that names NaN or infinite losses, at the cost of one synchronization per step."""
        values = torch.stack([losses[name].detach().float() for name in losses])
        if values.isfinite().all():
            return
        wrong = [f'{name} is {float(loss)}' for name, loss in losses.items() if not loss.isfinite()]
        raise FloatingPointError(
            f'{", ".join(wrong)}; lower the learning rate, or resume from an earlier checkpoint with gradient clipping'
        )
