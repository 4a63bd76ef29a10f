# The size of mmaction2's graph convolutions for small sets.
small = dict(base_channels=16, num_stages=4, inflate_stages=[2, 3], down_stages=[2, 3])
