"""mmaction2's graph convolutions with the backbone contract."""

from typing import Any

from mmaction.models.backbones import AAGCN, STGCN
from mmaction.registry import MODELS
from torch import Tensor

from mamp_plugin.skeletons import get_layout

from .base import SkeletonBackbone


class GraphBackbone(SkeletonBackbone):
    """Mixin that describes a graph convolution of mmaction2 by the backbone contract.

    It comes first among the base classes: ``class MyBackbone(GraphBackbone, MyGCN)``. Parameters keep mmaction2's
    names, so that checkpoints can be exchanged in both directions.

    Args:
        graph_cfg (dict): Config of mmaction2's ``Graph``; its ``layout`` is a skeleton layout: name, dict or
            JSON file.
        frozen_stages (int): -1 for nothing, 0 for the input norm, i for the first i blocks too. Defaults to -1.
        *args: As for the graph convolution.
        **kwargs: As for the graph convolution.
    """

    kind = 'graph'
    input_parts = ('data_bn',)
    layer_list = 'gcn'
    joint_parameters = ('A', 'data_bn.*', 'gcn.*.gcn.A', 'gcn.*.gcn.PA', 'gcn.*.gcn.conv_sa.weight')

    def __init__(self, graph_cfg: dict, *args: Any, frozen_stages: int = -1, **kwargs: Any) -> None:
        layout = graph_cfg.get('layout', 'coco')
        if isinstance(layout, dict) and 'num_node' in layout:
            raise ValueError(
                f"{type(self).__name__} needs a skeleton layout in graph_cfg, got a graph of mmaction2 ('num_node'); "
                'give a name, or a dict or JSON file with joints, parents, center, spine and shoulders'
            )
        name = get_layout(layout).name
        super().__init__(dict(graph_cfg, layout=name), *args, **kwargs)
        self.layout = name
        self.out_channels = self.gcn[-1].tcn.out_channels
        # mmaction2 counts stages from 1 and omits the first block if it would not change the channels
        first = 1 + (self.in_channels == self.base_channels)
        strides = [1 + (stage in self.down_stages and stage > 1) for stage in range(first, first + len(self.gcn))]
        self.patch_size = (2 ** (sum(strides) - len(strides)), 1)
        self.freeze(frozen_stages)

    def forward(self, x: Tensor) -> Tensor:
        """Encode each person: ``(N, M, T, V, C)`` to ``(N, M, D, T', V)``."""
        self.check_input(x)
        values = x.size(3) * x.size(4)
        if self.data_bn_type == 'MVC' and x.size(1) * values != self.data_bn.num_features:
            raise ValueError(
                f'{type(self).__name__} normalizes {self.data_bn.num_features // values} persons together, got '
                f"{x.size(1)}; set num_person and that of FormatGCNInput to the same number, or data_bn_type='VC'"
            )
        # the next class after the contract, whose forward is abstract, is the graph convolution
        return super(SkeletonBackbone, self).forward(x)


@MODELS.register_module()
class SkeletonSTGCN(GraphBackbone, STGCN):
    """mmaction2's STGCN as a backbone for any pretraining method, with ``frozen_stages``.

    Arguments as for :class:`GraphBackbone` and :class:`mmaction.models.STGCN`.
    """


@MODELS.register_module()
class SkeletonAAGCN(GraphBackbone, AAGCN):
    """mmaction2's AAGCN as a backbone for any pretraining method, with ``frozen_stages``.

    Arguments as for :class:`GraphBackbone` and :class:`mmaction.models.AAGCN`.
    """


#: mmaction2's backbones and the classes of the plugin that are built in their place.
_ADAPTED = {STGCN: SkeletonSTGCN, AAGCN: SkeletonAAGCN}
_REQUIRED = ('kind', 'layout', 'in_channels', 'out_channels')


def build_backbone(cfg: dict) -> SkeletonBackbone:
    """Build a backbone that meets the contract.

    Args:
        cfg (dict): Config of a registered backbone; mmaction2's ``STGCN`` and ``AAGCN`` become :class:`SkeletonSTGCN`
            and :class:`SkeletonAAGCN`.

    Returns:
        SkeletonBackbone: The backbone.
    """
    cls = MODELS.get(cfg['type']) if isinstance(cfg['type'], str) else cfg['type']
    backbone = MODELS.build(dict(cfg, type=_ADAPTED.get(cls, cfg['type'])))
    if not isinstance(backbone, SkeletonBackbone):
        raise TypeError(
            f'{type(backbone).__name__} is no SkeletonBackbone; derive it from '
            f'mamp_plugin.models.backbones.SkeletonBackbone and set {", ".join(_REQUIRED)} (see its docstring)'
        )
    missing = [name for name in _REQUIRED if name not in dir(backbone)]
    if missing:
        raise TypeError(
            f'{type(backbone).__name__} does not set {", ".join(missing)}; '
            'set the attributes that the docstring of SkeletonBackbone lists'
        )
    return backbone
