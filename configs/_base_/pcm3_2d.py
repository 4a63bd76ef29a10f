# PCM3 on 2D skeletons: the encoder reads x, y and score, all of which are reconstructed; nothing turns persons upright.
_base_ = ['./pcm3.py', './two_d.py']

pipeline = [_base_.pipeline[0], *_base_.by_body_in_every_frame, *_base_.pipeline[2:]]
