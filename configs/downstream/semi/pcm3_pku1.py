# PCM3 on PKU-MMD I, X-sub: fine-tuned with a tenth of the labels.
_base_ = '../finetune/pcm3_pku1.py'

labelled = dict(type='SubsetDataset', fraction=0.1, seed=0, dataset=_base_.train_dataloader.dataset)
train_dataloader = dict(dataset=dict(_delete_=True, **labelled))
