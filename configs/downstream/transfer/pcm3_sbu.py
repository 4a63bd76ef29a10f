# PCM3 from NTU RGB+D or PKU-MMD (load_from), fine-tuned on SBU Kinect Interaction, first fold: 15 joints, not 25.
_base_ = '../finetune/pcm3_sbu.py'

model = dict(
    backbone=dict(hidden_dims=1024, num_layers=3),
    cls_head=dict(in_channels=2048),
)
