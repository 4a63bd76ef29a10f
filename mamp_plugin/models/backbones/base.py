"""Contract of a backbone: everything that pretrainers, heads and recipes may ask of an encoder."""

from abc import ABC, abstractmethod
from typing import ClassVar, List, Optional, Sequence, Tuple

from mmengine.model import BaseModule
from torch import Tensor

from mamp_plugin.skeletons import get_layout


class SkeletonBackbone(BaseModule, ABC):
    """Encoder of skeleton sequences, ``(N, M, T, V, C)`` to ``(N, M', D, T', V')``.

    A subclass sets the attributes below and ends its constructor with ``self.freeze(frozen_stages)``. Then any
    pretrainer, head and downstream recipe of the plugin can use it.

    Attributes:
        kind (str): Class attribute. Family of encoders, which selects the published downstream recipe: 'transformer',
            'recurrent' or 'graph'.
        layout (str): Name of the skeleton layout, ``get_layout(layout).name``.
        layouts (tuple[str]): Layouts whose sequences are accepted, told apart by their numbers of joints, if joints are
            known by their names. Defaults to none: only ``layout``.
        in_channels (int): Coordinates per joint, ``C``.
        out_channels (int): Channels of a feature, ``D``.
        num_persons (int, optional): Number of persons merged into one feature, so that ``M'`` is 1; None if every
            person is encoded alone and ``M'`` is ``M``. Defaults to None.
        num_frames (int, optional): Frames of a clip, ``T``; None if any number is accepted. Defaults to None.
        grid_size (tuple[int], optional): ``(T', V')``; None if it depends on the input. Defaults to None.
        patch_size (tuple): Frames and joints per feature; ``(1, None)`` merges all joints. Defaults to ``(1, 1)``.
        joint_parameters (tuple[str]): Patterns of the names of parameters and buffers that are bound to the joints of
            one layout; they are not transferred to another. Defaults to none.
        accepts_prompts (bool): Class attribute. Support of ``prompts`` in :meth:`encode_views`. Defaults to False.
        frozen_stages (int): Number of frozen layers, see :meth:`freeze`.
        input_parts (tuple[str]): Class attribute. Names of the children and parameters in front of the layers.
        layer_list (str): Class attribute. Name of the child that lists the layers.
    """

    kind: ClassVar[str]
    accepts_prompts: ClassVar[bool] = False
    input_parts: ClassVar[Tuple[str, ...]] = ()
    layer_list: ClassVar[str]

    layout: str
    layouts: Tuple[str, ...] = ()
    in_channels: int
    out_channels: int
    num_persons: Optional[int] = None
    num_frames: Optional[int] = None
    grid_size: Optional[Tuple[int, int]] = None
    patch_size: Tuple[int, Optional[int]] = (1, 1)
    joint_parameters: Tuple[str, ...] = ()
    frozen_stages: int = -1

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """Encode sequences.

        Args:
            x (Tensor): Coordinates, ``(N, M, T, V, C)``.

        Returns:
            Tensor: Features, ``(N, M', D, T', V')``.
        """

    def encode_views(
        self, views: Sequence[Tensor], prompts: Optional[Sequence[Optional[Tensor]]] = None
    ) -> List[Tensor]:
        """Encode several views of the same sequences, one after the other.

        Args:
            views (Sequence[Tensor]): Coordinates of each view, ``(N, M, T, V, C)``.
            prompts (Sequence[Tensor], optional): Vector to add behind the input norm for each view, or None.

        Returns:
            list[Tensor]: Features of each view, ``(N, M', D, T', V')``.
        """
        if prompts is not None and any(prompt is not None for prompt in prompts):
            raise ValueError(
                f'{type(self).__name__} has no input norm to add prompts after; '
                'use a backbone that accepts prompts, such as SkeletonGRU'
            )
        return [self(view) for view in views]

    # ---- depth and freezing ----------------------------------------------------------------------------------------

    @property
    def num_layers(self) -> int:
        """Number of layers, which is also the value of ``frozen_stages`` that freezes the whole backbone."""
        return len(self.get_submodule(self.layer_list))

    def get_layer_depth(self, param_name: str, prefix: str = 'backbone.') -> Tuple[int, int]:
        """Return the depth of a parameter, for layer-wise learning rate decay.

        Args:
            param_name (str): Name of the parameter in the whole model.
            prefix (str): Prefix of the backbone's parameters. Defaults to 'backbone.'.

        Returns:
            tuple[int]: The depth: 0 for the input parts, i + 1 for layer i, ``num_layers`` + 1 for everything behind
            the layers; and the number of depths, ``num_layers`` + 2.
        """
        last = self.num_layers + 1
        if not param_name.startswith(prefix):
            return last, last + 1
        part, _, rest = param_name[len(prefix) :].partition('.')
        if part == self.layer_list and rest:
            return int(rest.partition('.')[0]) + 1, last + 1
        return (0 if part in self.input_parts else last), last + 1

    def freeze(self, frozen_stages: int) -> None:
        """Freeze the layers next to the input: no gradients, and permanent eval mode.

        Args:
            frozen_stages (int): -1 for nothing, 0 for the input parts, i for the first i layers too, ``num_layers``
                for the whole backbone.
        """
        if not -1 <= frozen_stages <= self.num_layers:
            raise ValueError(
                f'frozen_stages must lie between -1 and {self.num_layers} (the number of layers), got {frozen_stages}'
            )
        self.frozen_stages = frozen_stages
        for name, parameter in self.named_parameters():
            if self._is_frozen(name):
                parameter.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> 'SkeletonBackbone':
        """Set training mode, except for frozen parts."""
        super().train(mode)
        for name, module in self.named_modules():
            if name and self._is_frozen(name):
                module.training = False
        return self

    def _is_frozen(self, name: str) -> bool:
        depth, _ = self.get_layer_depth(name, prefix='')
        return depth <= self.frozen_stages or self.frozen_stages == self.num_layers

    @property
    def joint_counts(self) -> List[int]:
        """Numbers of joints of the layouts that are accepted."""
        return [get_layout(layout).num_joints for layout in self.layouts or (self.layout,)]

    # ---- input -----------------------------------------------------------------------------------------------------

    def check_input(self, x: Tensor, axes: str = '(N, M, T, V, C)') -> None:
        """Raise a ValueError if sequences do not have the shape that the backbone is built for.

        Args:
            x (Tensor): Coordinates, ``(..., T, V, C)``.
            axes (str): The axes that ``x`` must have.
        """
        name = type(self).__name__
        if x.ndim != axes.count(',') + 1:
            raise ValueError(f'{name} takes sequences {axes}, got {tuple(x.shape)}; is FormatGCNInput in the pipeline?')
        expectations = (
            ('frames', [self.num_frames], 'set num_frames of the backbone or the window of the pipeline'),
            ('joints', self.joint_counts, f'set the layout of the backbone, now {self.layout!r}'),
            ('coordinates per joint', [self.in_channels], 'set in_channels of the backbone'),
        )
        for found, (axis, expected, remedy) in zip(x.shape[-3:], expectations):
            if expected != [None] and found not in expected:
                accepted = ' or '.join(map(str, expected))
                raise ValueError(f'{name} is built for {accepted} {axis}, got {found}; {remedy}')


class TokenBackbone(SkeletonBackbone):
    """Backbone that can encode a subset of its tokens, as masked pretraining needs.

    A token is one patch of ``patch_size`` frames and joints. The ``L`` tokens of a person are numbered row by row on
    ``grid_size``.
    """

    grid_size: Tuple[int, int]
    patch_size: Tuple[int, int]

    def grid_of(self, sequences: Tensor) -> Tuple[int, int]:
        """Return the grid ``(T', V')`` of sequences ``(..., T, V, C)``: ``grid_size``, or that of another layout."""
        return self.grid_size[0], sequences.size(-2) // self.patch_size[1]

    @abstractmethod
    def cut(self, sequences: Tensor) -> Tensor:
        """Cut sequences into patches.

        Args:
            sequences (Tensor): One sequence of coordinates per person, ``(B, T, V, C)``.

        Returns:
            Tensor: Raw values per token, ``(B, T', V', values)``.
        """

    @abstractmethod
    def encode(self, patches: Tensor, ids_keep: Optional[Tensor] = None) -> Tensor:
        """Encode all tokens, or only the visible ones.

        Args:
            patches (Tensor): Raw values per token, ``(B, T', V', values)``.
            ids_keep (Tensor, optional): Indices of the visible tokens, ``(B, K)``. All tokens if not given.

        Returns:
            Tensor: Encoded tokens in the order of ``ids_keep``, ``(B, K, D)``.
        """
