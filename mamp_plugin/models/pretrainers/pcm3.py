"""PCM3: views of a sequence are recognised among many others, and hidden body parts are predicted."""

from typing import Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from mamp_plugin.masking import MaskDraw
from mamp_plugin.skeletons import get_layout

from ..layers import (
    KeyQueue,
    MixDraw,
    MomentumEncoder,
    NoPrompts,
    PromptOffsets,
    PromptsAfterNorm,
    PromptsBeforeNorm,
    pad_persons,
    partners,
    shuffle_batch,
    unshuffle_batch,
)
from .base import SampleList, SkeletonPretrainer, fill_in

#: What is contrasted with the keys, in the order in which the encoder sees it.
BRANCHES = ('query', 'masked', 'recons', 'mix')


class PCM3Draws(NamedTuple):
    """All that a step draws, before it computes anything.

    Args:
        mask (MaskDraw): What is hidden.
        mix (MixDraw): How samples are mixed.
        offsets (PromptOffsets): Where task prompts are added.
    """

    mask: MaskDraw
    mix: MixDraw
    offsets: PromptOffsets


class PCM3Branches(NamedTuple):
    """What a step computes from its views.

    Args:
        queries (Tensor): One batch of queries per branch, ``(4, N, D)``.
        keys (Tensor): The keys of the second view, ``(N, D)``.
        mixed_keys (Tensor): Those keys, mixed as the views are, ``(N, D)``.
        reconstruction (Tensor): The predicted third view, ``(N, M, T, V, C)``.
        hidden (Tensor): Boolean, what was hidden of it, ``(M, T, V)``.
        num_hidden (int): How many joints of a sequence that is.
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

    A batch has three clips per sample, the views: to be queried, to be a key, and to be masked. The losses are named by
    their branch: ``loss_query``, ``loss_masked``, ``loss_recons`` and ``loss_mix`` are contrastive, with the share of
    queries that find their key as ``acc_...``; ``loss_distillation`` and ``loss_reconstruction`` complete the sum.

    Any backbone can be the encoder. One that has ``encode_views``, such as :class:`SkeletonGRU`, is given pairs of
    views that do not need each other's result; others see one view after the other, in the same order.

    Args:
        backbone (dict): Config of the backbone.
        layout (str, optional): Name of the skeleton layout. That of the backbone if it knows it.
        num_persons (int, optional): Persons of a sequence, ``M``; fewer are filled up with zeros. That of the backbone
            if it knows it, else 2.
        pool (dict, optional): Config of the neck that makes one feature per step of time. ``in_channels`` need not be
            given if the backbone tells its ``embed_dims``, nor ``summary`` and ``num_persons`` in any case: the last
            step sums up what a backbone with ``encode_views`` has seen, the mean what others have.
        projector (dict, optional): Config of the projector. Defaults to ``dict(type='Projector')``.
        decoder (dict, optional): Config of the decoder. Defaults to ``dict(type='SequenceDecoder')``.
        masking (dict, optional): Config of the masking. Defaults to ``dict(type='BodyPartMasking')``.
        mixing (dict, optional): Config of the mixing. Defaults to ``dict(type='ViewMixing')``.
        head (dict, optional): Config of the contrastive head. Defaults to ``dict(type='ContrastHead')``.
        queue_size (int): Keys to contrast with, ``K``. Defaults to 16384.
        momentum (float): What stays of the key encoder in a step. Defaults to 0.999.
        reconstruction_weight (float): Weight of the reconstruction. Defaults to 40.
        prompts (bool): Whether there are prompts. Without them, as for streams of bones or motion, relations are not
            distilled and contrast does not train the decoder. Defaults to True.
        prompt_position (str): 'before_norm' adds prompts to what a batch norm is about to see, as released;
            'after_norm' to what comes out of it, as meant, which needs a backbone with ``encode_views``.
            Defaults to 'before_norm'.
        task_prompt_dims (int): Length of a task prompt. Defaults to 256.
        data_preprocessor (dict, optional): Config of the data preprocessor. Defaults to
            ``dict(type='ActionDataPreprocessor')``.
        init_cfg (dict or list[dict], optional): Initialization config. Defaults to None.
    """

    def __init__(
        self,
        backbone: dict,
        layout: Optional[str] = None,
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
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        layout = self._known_by_backbone('layout', layout, None)
        self.num_persons = self._known_by_backbone('num_persons', num_persons, 2)
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
        self.key_encoder = MomentumEncoder(self.backbone, self.projector, momentum)
        self.reconstruction_weight = reconstruction_weight
        self.with_prompts = prompts
        self.prompts = self._build_prompts(prompt_position, task_prompt_dims)

    # ---- what a config need not say --------------------------------------------------------------------------------

    def _known_by_backbone(self, name: str, given: Union[str, int, None], default: Union[str, int, None]):
        known = getattr(self.backbone, name, given if given is not None else default)
        if known is None:
            raise ValueError(f'{type(self.backbone).__name__} does not tell its {name}; set {name} of PCM3')
        if given is not None and given != known:
            raise ValueError(f'PCM3 has {name}={given!r}, but its backbone {known!r}; leave it out of the config')
        return known

    def _build_pool(self, pool: Optional[dict]) -> nn.Module:
        apart = not hasattr(self.backbone, 'encode_views')
        facts = dict(num_persons=self.num_persons if apart else 1)
        if hasattr(self.backbone, 'embed_dims'):
            facts.update(in_channels=self.backbone.embed_dims)
        pool = dict(dict(type='SequencePool', summary='mean' if apart else 'last'), **pool or {})
        if 'in_channels' not in dict(pool, **facts):
            raise ValueError(
                f'{type(self.backbone).__name__} does not tell how many channels its features have; '
                "set pool=dict(type='SequencePool', in_channels=...)"
            )
        return MODELS.build(fill_in(pool, 'pool', **facts))

    def _build_prompts(self, position: str, task_dims: int) -> nn.Module:
        if position not in ('before_norm', 'after_norm'):
            raise ValueError(f"prompt_position must be 'before_norm' or 'after_norm', got {position!r}")
        if not self.with_prompts:
            return NoPrompts()
        if position == 'before_norm':
            return PromptsBeforeNorm(self.frame_shape, self.pool.out_channels, task_dims)
        if not hasattr(self.backbone, 'encode_views'):
            raise ValueError(
                f"prompt_position='after_norm' needs a backbone with encode_views, such as SkeletonGRU; "
                f'{type(self.backbone).__name__} has no input norm to add prompts after'
            )
        return PromptsAfterNorm(self.frame_shape, self.pool.out_channels, self.decoder.hidden_dims, task_dims)

    def init_weights(self) -> None:
        """Draws the weights, and lets the key encoder begin with those of the queries."""
        super().init_weights()
        self.key_encoder.copy(self.backbone, self.projector)

    # ---- one step --------------------------------------------------------------------------------------------------

    def loss(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> Dict[str, Tensor]:
        """The losses of a batch; in training, its keys enter the queue.

        Args:
            inputs (Tensor): Three views of each sequence, ``(N, 3, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): Not looked at.

        Returns:
            dict[str, Tensor]: The losses and accuracies of the branches.
        """
        if inputs.size(1) != 3:
            raise ValueError(
                f'PCM3 needs three views of each sequence, (N, 3, M, T, V, C), got {tuple(inputs.shape)}; '
                'is MultiView in the pipeline?'
            )
        views = pad_persons(inputs, self.num_persons)
        branches = self.encode(views, self.draw(len(views), views.size(3)))
        losses = self.compare(branches, views[:, 2])
        self._check_losses(losses)
        if self.training:
            self.queue.push(branches.keys)
        return losses

    def draw(self, num_samples: int, num_frames: int) -> PCM3Draws:
        """Draws for a step, on the processor, so that a test can draw otherwise and a device need not be waited for."""
        return PCM3Draws(self.masking.draw(), self.mixing.draw(num_samples, num_frames), self.prompts.draw())

    def encode(self, views: Tensor, draws: PCM3Draws) -> PCM3Branches:
        """All that goes through the networks.

        The encoder is called twice, for two views each: the masked view must come before the one it predicts, and in
        this order its batch norms see the branches as the released implementation shows them.

        Args:
            views (Tensor): Three views of each sequence, ``(N, 3, M, T, V, C)``.
            draws (PCM3Draws): What the step draws.

        Returns:
            PCM3Branches: Queries, keys and the reconstruction.
        """
        query_view, key_view, view = views.unbind(dim=1)
        # without gradients, thus before those of the queries take up memory
        keys = self._encode_keys(key_view, draws.offsets.key)
        mixed_view, share = self.mixing(query_view, draws.mix)
        mixed_keys = F.normalize(keys.lerp(partners(keys, draws.mix.shift), share), dim=1)
        hidden = self.masking(draws.mask, *view.shape[2:0:-1])
        num_hidden, hidden = int(hidden.sum()), hidden.to(view.device)
        masked_view = view.masked_fill(hidden.unsqueeze(-1), 0)

        query, masked = self._encode_views(self.backbone, (query_view, masked_view), ('base', 'mask'))
        reconstruction, prediction = self._decode(masked, draws.offsets.prediction, view.size(2))
        predicted_view = torch.where(hidden.unsqueeze(-1), prediction, view)
        recons, mix = self._encode_views(self.backbone, (predicted_view, mixed_view), ('recons', 'mix'))

        prompted = [
            self.prompts.on_summary(self.pool.summarise(sequence), getattr(draws.offsets, branch))
            for branch, sequence in zip(BRANCHES, (query, masked, recons, mix))
        ]
        queries = self.projector(torch.stack(prompted))
        return PCM3Branches(queries, keys, mixed_keys, reconstruction, hidden, num_hidden)

    def compare(self, branches: PCM3Branches, view: Tensor) -> Dict[str, Tensor]:
        """The losses and accuracies of what was encoded.

        Args:
            branches (PCM3Branches): What was encoded.
            view (Tensor): The third view as it was before it was masked, ``(N, M, T, V, C)``.

        Returns:
            dict[str, Tensor]: Losses and accuracies by branch.
        """
        keys = torch.stack([branches.mixed_keys if branch == 'mix' else branches.keys for branch in BRANCHES])
        contrast = self.head.loss(branches.queries, keys, self.queue(), distil=self.with_prompts)
        losses = {f'loss_{branch}': loss for branch, loss in zip(BRANCHES, contrast.losses)}
        if self.with_prompts:
            losses['loss_distillation'] = contrast.distillations.sum()
        error = (branches.reconstruction.float() - view).square() * branches.hidden.unsqueeze(-1)
        num_values = len(view) * branches.num_hidden * view.size(-1)
        losses['loss_reconstruction'] = self.reconstruction_weight * error.sum() / num_values
        losses.update({f'acc_{branch}': accuracy for branch, accuracy in zip(BRANCHES, contrast.accuracies)})
        return losses

    @torch.no_grad()
    def _encode_keys(self, view: Tensor, offset: int) -> Tensor:
        """The keys of a view, ``(N, D)``, from the key encoder, which in training first follows that of the queries."""
        if self.training:
            self.key_encoder.follow(self.backbone, self.projector)
        shuffled, order = shuffle_batch(view)
        (sequence,) = self._encode_views(self.key_encoder.backbone, (shuffled,), ('base',))
        keys = self.key_encoder.projector(self.prompts.on_summary(self.pool.summarise(sequence), offset))
        return unshuffle_batch(keys, order)

    def _encode_views(self, backbone: nn.Module, views: Tuple[Tensor, ...], domains: Tuple[str, ...]) -> List[Tensor]:
        """One feature per step of time for views ``(N, M, T, V, C)``: ``(N, T', D)`` each."""
        views = [self.prompts.on_view(view, domain) for view, domain in zip(views, domains)]
        if hasattr(backbone, 'encode_views'):
            return backbone.encode_views(views, [self.prompts.on_norm(domain) for domain in domains])
        return [self.pool(backbone(view)) for view in views]

    def _decode(self, sequence: Tensor, offset: int, num_frames: int) -> Tuple[Tensor, Tensor]:
        """The third view, predicted for the loss and for the encoder, ``(N, M, T, V, C)`` both.

        Their values are the same. What the encoder makes of the second trains the decoder, but not what is behind it;
        without prompts, nothing.
        """
        sequence = self.prompts.on_sequence(sequence, offset)
        sequences = [sequence.detach(), sequence] if self.with_prompts else [sequence]
        predictions = self.decoder(sequences, num_frames, self.prompts.on_decoder_norm())
        persons, joints, coordinates = self.frame_shape
        frames = [x.unflatten(2, (joints, coordinates, persons)).permute(0, 4, 1, 2, 3) for x in predictions]
        return frames[-1], frames[0] if self.with_prompts else frames[0].detach()

    # ---- features and errors ---------------------------------------------------------------------------------------

    def summarise(self, features: Tensor) -> Tensor:
        """The feature of each clip before the projector, ``(B, D)``, from the backbone's ``(B, M, D, T', V')``."""
        return self.pool.summarise(self.pool(features))

    @staticmethod
    def _check_losses(losses: Dict[str, Tensor]) -> None:
        """Refuses losses that are no numbers, at the cost of waiting for them once per step."""
        values = torch.stack([losses[name].detach().float() for name in losses])
        if values.isfinite().all():
            return
        wrong = [f'{name} is {float(loss)}' for name, loss in losses.items() if not loss.isfinite()]
        raise FloatingPointError(
            f'{", ".join(wrong)}; lower the learning rate, or go on from an earlier checkpoint with gradient clipping'
        )
