import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.skeletons import LAYOUTS

SMALL = dict(base_channels=8, num_stages=4, inflate_stages=[3], down_stages=[3, 4])


def build(kind, layout='coco', mode='stgcn_spatial', **kwargs):
    cfg = dict(SMALL, type=kind, graph_cfg=dict(layout=layout, mode=mode))
    return MODELS.build(dict(cfg, **kwargs))


@pytest.mark.parametrize(
    ('kind', 'kwargs'),
    [
        ('STGCN', dict()),
        ('STGCN', dict(in_channels=8)),
        ('STGCN', dict(data_bn_type='MVC')),
        ('STGCN', dict(mode='spatial', gcn_adaptive='init', gcn_with_res=True, tcn_type='mstcn')),
        ('AAGCN', dict()),
        ('AAGCN', dict(in_channels=8)),
        ('AAGCN', dict(data_bn_type='VC', mode='spatial', gcn_attention=False)),
    ],
)
def test_equals_the_backbone_of_mmaction2(kind, kwargs):
    theirs, ours = build(kind, **kwargs), build(f'Skeleton{kind}', **kwargs)
    theirs.init_weights()
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 2, 16, 17, kwargs.get('in_channels', 3))
    features = ours(x)
    torch.testing.assert_close(features, theirs(x), rtol=0, atol=0)
    assert features.shape[2:] == (ours.out_channels, 16 // ours.patch_size[0], 17)
    assert ours.patch_size == (4, 1)


@pytest.mark.parametrize('layout', list(LAYOUTS))
def test_layouts_of_the_table(layout):
    layout = LAYOUTS[layout]
    for kind in ('SkeletonSTGCN', 'SkeletonAAGCN'):
        backbone = build(kind, layout.name, in_channels=layout.dims)
        assert backbone.layout == layout.name
        assert backbone(torch.randn(1, 2, 8, layout.num_joints, layout.dims)).isfinite().all()


def test_persons_normalized_together():
    x = torch.randn(2, 3, 8, 17, 3)
    assert build('SkeletonAAGCN', num_person=3)(x).size(1) == 3
    with pytest.raises(ValueError, match='SkeletonAAGCN normalizes 2 persons together, got 3; set num_person'):
        build('SkeletonAAGCN')(x)


def test_graphs_of_mmaction2_have_no_joints():
    graph = dict(num_node=2, inward=[(1, 0)], center=0)
    with pytest.raises(
        ValueError, match='SkeletonSTGCN needs a skeleton layout in graph_cfg, got a graph of mmaction2'
    ):
        build('SkeletonSTGCN', layout=graph)
