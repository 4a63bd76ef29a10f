"""mmaction2's GCNs know the graph of every layout."""

import numpy as np
import pytest
import torch
from mmaction.models.utils import Graph

from mamp_plugin.skeletons import LAYOUTS


class TestGraph:
    @staticmethod
    def original(layout, mode):
        """mmaction2's own graph."""
        graph = object.__new__(Graph)
        Graph.__init__.__wrapped__(graph, layout, mode)
        return graph

    @pytest.mark.parametrize('layout', LAYOUTS.values(), ids=LAYOUTS)
    @pytest.mark.parametrize(('mode', 'subsets'), [('stgcn_spatial', 3), ('spatial', 3), ('binary_adj', 1)])
    def test_every_layout_has_a_graph(self, layout, mode, subsets):
        graph = Graph(layout=layout.name, mode=mode)
        assert graph.layout == layout.name and graph.num_node == layout.num_joints
        assert graph.A.shape == (subsets, layout.num_joints, layout.num_joints)
        linked = {(i, j) for i, j in np.argwhere(graph.A.any(axis=0)) if i != j}
        assert linked == {edge for bone in graph.inward for edge in (bone, bone[::-1])}
        assert len(linked) == 2 * (layout.num_joints - 1)

    @pytest.mark.parametrize('name', ['kinect_v1', 'sbu'])
    def test_bones_and_root_are_those_of_the_table(self, name):
        layout, graph = LAYOUTS[name], Graph(name)
        assert sorted(graph.inward) == sorted(layout.bones)
        assert graph.center == layout.root
        inward = graph.A[1]
        for child, parent in layout.bones:
            assert inward[parent, child] == 1

    @pytest.mark.parametrize('name', ['nturgb+d', 'coco', 'openpose'])
    @pytest.mark.parametrize('mode', ['stgcn_spatial', 'spatial', 'binary_adj'])
    def test_known_layouts_are_mmactions(self, name, mode):
        ours, theirs = Graph(layout=name, mode=mode), self.original(name, mode)
        np.testing.assert_array_equal(ours.A, theirs.A)
        assert vars(ours).keys() == vars(theirs).keys() and ours.layout == theirs.layout == name

    def test_mmaction2_alone_does_not_know_them(self):
        for name in ('kinect_v1', 'sbu'):
            with pytest.raises(AssertionError):
                self.original(name, 'spatial')

    def test_dicts_and_errors_pass(self):
        graph = Graph(dict(num_node=2, inward=[(1, 0)], center=0))
        assert graph.A.shape == (3, 2, 2) and graph.layout['num_node'] == 2
        with pytest.raises(KeyError, match="unknown skeleton layout 'ntu'; known layouts: nturgb"):
            Graph('ntu')
        for name in ('coco', 'sbu'):
            with pytest.raises(AssertionError, match='Do Not Exist This Mode: wrong'):
                Graph(name, mode='wrong')
        with pytest.raises(AssertionError):
            Graph(dict(num_node=2))

    @pytest.mark.parametrize('name', ['kinect_v1', 'sbu'])
    @pytest.mark.parametrize('backbone', ['STGCN', 'AAGCN'])
    def test_networks_run_on_them(self, backbone, name):
        from mmaction.registry import MODELS

        graph = dict(layout=name, mode='stgcn_spatial')
        model = MODELS.build(dict(type=backbone, graph_cfg=graph, base_channels=4, num_stages=2, inflate_stages=[]))
        joints = LAYOUTS[name].num_joints
        assert model(torch.randn(2, 2, 8, joints, 3)).shape == (2, 2, 4, 8, joints)
