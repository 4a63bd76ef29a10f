# MAMP on the synthetic data: fine-tuned with a tenth of the labels.
_base_ = '../finetune/mamp_synthetic.py'

labelled = dict(type='SubsetDataset', fraction=0.1, seed=0, dataset=_base_.train_dataloader.dataset)
# a pass over ten repetitions, as few labels of a small set do not fill a batch
train_dataloader = dict(dataset=dict(_delete_=True, type='RepeatDataset', times=10, dataset=labelled))
