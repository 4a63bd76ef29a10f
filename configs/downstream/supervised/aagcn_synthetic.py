# mmaction2's AAGCN in the place and of the size of the STGCN on the synthetic set.
_base_ = './stgcn_synthetic.py'

model = dict(backbone=dict(type='AAGCN', graph_cfg=dict(mode='spatial'), gcn_attention=False))
