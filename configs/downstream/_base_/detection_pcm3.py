# Detection with PCM3: the recipe of linear evaluation on windows of 64 frames.
_base_ = ['./linear_pcm3.py', './detection.py']

model = dict(
    backbone=dict(last_frame_only=False),
    cls_head=dict(_delete_=True, type='FrameHead', in_channels=_base_.model.cls_head.in_channels),
)
windows = dict(window=64, stride=32)
# PadEmptyFrames would move frames away from their labels, a crop too
window_pipeline = [dict(type='CenterSkeleton', frame='every', align=True), *_base_.pack_windows]
val_evaluator = _base_.detection_evaluator
test_evaluator = val_evaluator
