# MAMP on PKU-MMD II, X-sub.
_base_ = ['./_base_/mamp_pku.py', './_base_/pipelines/mamp_pku.py', './_base_/datasets/pku2_xsub.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
