# Nearest neighbours by cosine: which training samples a test sample resembles. Nothing is trained for it, so the same
# file pretrains, and then draws a curve of the accuracy of one neighbour.
test_cfg = dict(type='TestLoop')
test_dataloader = dict(
    batch_size=64,
    num_workers=4,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='RetrievalDataset'),
)
test_evaluator = dict(type='KNNMetric', k=[1, 5, 20])
neighbour_hook = dict(type='NeighbourHook', interval=20, start=True)
