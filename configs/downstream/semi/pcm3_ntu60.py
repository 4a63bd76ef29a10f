# PCM3 on NTU RGB+D 60, X-sub: fine-tuned with a tenth of the labels.
_base_ = '../finetune/pcm3_ntu60.py'

labelled = dict(type='SubsetDataset', fraction=0.1, seed=0, dataset=_base_.train_dataloader.dataset)
train_dataloader = dict(dataset=dict(_delete_=True, **labelled))
