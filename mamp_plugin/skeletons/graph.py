"""Graphs of the layout table for mmaction2's GCNs."""

import functools
from typing import Any

from .table import get_layout


def register_graph_layouts() -> None:
    """Let mmaction2's ``Graph`` build the graph of every registered layout by name.

    GCNs build their graph from ``graph_cfg``, and ``Graph`` takes an unknown skeleton as a dict only: a dict in every
    config would be a second table of joints. A layout that mmaction2 knows, today or in a later version, keeps
    mmaction2's graph, to which published weights belong.
    """
    from mmaction.models.utils import Graph

    original = Graph.__init__
    if hasattr(original, '__wrapped__'):
        return

    @functools.wraps(original)
    def init(self: Graph, layout: Any = 'coco', *args: Any, **kwargs: Any) -> None:
        try:
            original(self, layout, *args, **kwargs)
        except (AssertionError, ValueError):
            if hasattr(self, 'num_node'):
                raise  # the layout is known and another argument is wrong
            skeleton = get_layout(layout)
            graph = dict(num_node=skeleton.num_joints, inward=list(skeleton.bones), center=skeleton.root)
            original(self, graph, *args, **kwargs)
            self.layout = layout

    Graph.__init__ = init
