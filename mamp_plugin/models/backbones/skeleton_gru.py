"""The encoder of PCM3: recurrent layers over whole skeletons, frame after frame."""

from typing import List, Optional, Sequence, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn

from mamp_plugin.skeletons import get_layout

from ..layers import JointBatchNorm, SequenceGRU, XavierModule, pad_persons


class TwinGRU(BaseModule):
    """Two GRUs that read the same sequence in the same direction.

    The released implementation gives the frames one by one to a "bidirectional" GRU and carries its states along, which
    makes both of its directions run forward in time. Two GRUs over the whole sequence compute the same with two calls
    per layer.

    Args:
        in_channels (int): Channels of the input.
        hidden_dims (int): Channels of each GRU's output, ``H``.
    """

    def __init__(self, in_channels: int, hidden_dims: int) -> None:
        super().__init__()
        self.first = SequenceGRU(in_channels, hidden_dims)
        self.second = SequenceGRU(in_channels, hidden_dims)

    def forward(self, x: Tensor) -> Tensor:
        """Maps ``(T, B, in_channels)`` to ``(T, B, 2 H)``."""
        return torch.cat((self.first(x), self.second(x)), dim=2)


@MODELS.register_module()
class SkeletonGRU(XavierModule):
    """Recurrent encoder of PCM3 for sequences of any length.

    All persons of a frame make one vector. Used like mmaction2's graph convolutions it returns one feature per frame,
    as of one person with one joint; what has been seen until the end is the feature of the last frame.

    Args:
        layout (str): Name of the skeleton layout; says how many joints there are.
        num_persons (int): Persons of a frame, ``M``. Fewer are filled up with zeros. Defaults to 2.
        in_channels (int): Coordinates per joint. Defaults to 3.
        hidden_dims (int): Channels of one GRU, ``H``; a feature has twice as many. Defaults to 1024.
        num_layers (int): Layers of two GRUs each. Defaults to 3.
        last_frame_only (bool): Whether :meth:`forward` returns the feature of the last frame alone: what PCM3's linear
            evaluation classifies and what a head that averages over time would blur. Defaults to False.
        frozen_stages (int): What is not trained and stays in eval mode: -1 nothing, 0 the input norm, i the first i
            layers too. Defaults to -1.
        init_cfg (dict or list[dict], optional): Initialization beyond the default, for example
            ``dict(type='Pretrained', checkpoint=..., prefix='backbone.')``. Defaults to None.
    """

    #: Patterns of the parameters that belong to the joints of one layout and mean nothing to those of another.
    joint_parameters: Tuple[str, ...] = ('input_norm.*', 'layers.0.*.weight_ih_l0')

    def __init__(
        self,
        layout: str,
        num_persons: int = 2,
        in_channels: int = 3,
        hidden_dims: int = 1024,
        num_layers: int = 3,
        last_frame_only: bool = False,
        frozen_stages: int = -1,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if not -1 <= frozen_stages <= num_layers:
            raise ValueError(f'frozen_stages must lie between -1 and num_layers={num_layers}, got {frozen_stages}')
        self.layout = layout
        self.num_joints = get_layout(layout).num_joints
        self.num_persons = num_persons
        self.in_channels = in_channels
        self.embed_dims = 2 * hidden_dims
        self.last_frame_only = last_frame_only
        self.frozen_stages = frozen_stages
        values = num_persons * self.num_joints * in_channels
        self.input_norm = JointBatchNorm(values)
        widths = [values] + [self.embed_dims] * (num_layers - 1)
        self.layers = ModuleList(TwinGRU(width, hidden_dims) for width in widths)
        for part in self._frozen_parts():
            part.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """Encodes sequences.

        Args:
            x (Tensor): Sequences of coordinates, ``(N, M, T, V, C)``.

        Returns:
            Tensor: Features, ``(N, 1, 2 H, T, 1)``, or ``(N, 1, 2 H, 1, 1)`` if only the last frame is asked for.
        """
        features = self.encode_views([x])[0]
        if self.last_frame_only:
            features = features[:, -1:]
        # mmaction2's heads ask for features that can be viewed otherwise
        return features.transpose(1, 2).contiguous()[:, None, ..., None]

    def encode_views(
        self, views: Sequence[Tensor], prompts: Optional[Sequence[Optional[Tensor]]] = None
    ) -> List[Tensor]:
        """Encodes several views of the same shape in one go.

        The input norm sees one view after the other, in the order given, as if they were encoded one by one.

        Args:
            views (Sequence[Tensor]): Sequences of coordinates, ``(N, M, T, V, C)`` each.
            prompts (Sequence[Tensor], optional): What to add to the normalised frames of each view, ``(F, )`` or None.

        Returns:
            list[Tensor]: The features of every frame of each view, ``(N, T, 2 H)``.
        """
        frames = [self._normalise(view) for view in views]
        if prompts is not None:
            frames = [frame if prompt is None else frame + prompt for frame, prompt in zip(frames, prompts)]
        x = torch.cat(frames, dim=1)
        for layer in self.layers:
            x = layer(x)
        return list(x.transpose(0, 1).split([len(view) for view in views]))

    def _normalise(self, view: Tensor) -> Tensor:
        """Normalised frames ``(T, N, F)``, whose values are in the order joint, coordinate, person."""
        self._check_shape(view.shape)
        frames = pad_persons(view, self.num_persons).permute(2, 0, 3, 4, 1).flatten(2)
        return self.input_norm(frames.flatten(0, 1)).view_as(frames)

    def get_layer_depth(self, param_name: str, prefix: str = 'backbone.') -> Tuple[int, int]:
        """How deep a parameter lies, for learning rates that decay towards the input.

        Args:
            param_name (str): Name of the parameter in the whole model.
            prefix (str): What the names of the backbone's own parameters begin with. Defaults to 'backbone.'.

        Returns:
            tuple[int]: The layer: 0 for the input norm, i + 1 for recurrent layer i, one more than the last of them for
            whatever comes after the backbone; and the number of layers.
        """
        num_layers = len(self.layers) + 2
        if not param_name.startswith(prefix):
            return num_layers - 1, num_layers
        module, _, rest = param_name[len(prefix) :].partition('.')
        if module == 'layers':
            return int(rest.split('.')[0]) + 1, num_layers
        return (0 if module == 'input_norm' else num_layers - 1), num_layers

    def train(self, mode: bool = True) -> 'SkeletonGRU':
        """Switches the mode, except for what is frozen."""
        super().train(mode)
        for part in self._frozen_parts():
            part.eval()
        return self

    def _frozen_parts(self) -> List[nn.Module]:
        if self.frozen_stages < 0:
            return []
        return [self.input_norm, *self.layers[: self.frozen_stages]]

    def _check_shape(self, shape: Tuple[int, ...]) -> None:
        if len(shape) != 5:
            raise ValueError(
                f'{type(self).__name__} takes sequences (N, M, T, V, C), got {tuple(shape)}; '
                'is FormatGCNInput in the pipeline?'
            )
        if shape[3:] != (self.num_joints, self.in_channels):
            raise ValueError(
                f'{type(self).__name__} is built for {self.num_joints} joints of {self.in_channels} coordinates, got '
                f'{shape[3]} of {shape[4]}; set layout (now {self.layout!r}) and in_channels of the backbone'
            )
