# MAMP on 2D skeletons: the encoder reads x, y and score; the motion of x and y decides the mask and is predicted.
_base_ = ['./mamp.py', './two_d.py']

model = dict(coordinates=2)
pipeline = [*_base_.by_body, *_base_.pipeline[1:]]
