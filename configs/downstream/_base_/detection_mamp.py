# Detection with MAMP: the recipe of linear evaluation on windows of the length that the encoder knows.
_base_ = ['./linear_mamp.py', './detection.py']

model = dict(
    cls_head=dict(
        _delete_=True,
        type='FrameHead',
        in_channels=_base_.model.cls_head.in_channels,
        temporal_patch=_base_.model.backbone.temporal_patch,
        norm=True,
    ),
)
windows = dict(window=120, stride=60)
# a window starts where its first frame stands, as the cut sequences of pretraining do; frames keep their number and
# place, so that nothing is cropped
window_pipeline = [dict(type='CenterSkeleton', frame='first'), *_base_.pack_windows]
turned_pipeline = [window_pipeline[0], dict(type='RandomRotate3D', angle=0.3), *_base_.pack_windows]
val_evaluator = _base_.detection_evaluator
test_evaluator = val_evaluator
