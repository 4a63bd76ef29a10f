"""Graphs of skeleton layouts for mmaction2's GCNs."""

import functools
from typing import Any

from .registry import get_layout


def register_graph_layouts() -> None:
    """Let mmaction2's ``Graph`` build the graph of every layout: name, dict or JSON file.

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
            if hasattr(self, 'num_node') or (isinstance(layout, dict) and 'num_node' in layout):
                raise  # mmaction2 knows the layout, or it is a graph, and another argument is wrong
            skeleton = get_layout(layout)
            graph = dict(num_node=skeleton.num_joints, inward=list(skeleton.bones), center=skeleton.root)
            original(self, graph, *args, **kwargs)
            self.layout = skeleton.name

    Graph.__init__ = init
