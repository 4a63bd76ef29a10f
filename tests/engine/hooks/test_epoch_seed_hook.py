"""Training data that give no batch are refused before anything is trained."""

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

PIPELINE = [
    dict(type='CropResizeFrames', window=8, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
SCHEDULES = dict(
    by_epoch=dict(type='MultiStepLR', milestones=[1]),
    by_iteration=dict(type='WarmupCosineLR', warmup=1, convert_to_iter_based=True),
)


@pytest.fixture(autouse=True)
def quick_runners(monkeypatch):
    """A runner lays its config out and looks around on the machine, which would take longer than the training here."""
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))
    monkeypatch.setattr(Runner, '_log_env', lambda self, env_cfg: None)


def runner(work_dir, schedule, **loader):
    backbone = dict(type='SkeletonGRU', layout='sbu', hidden_dims=4, num_layers=1)
    head = dict(type='LinearProbeHead', num_classes=16, in_channels=8)
    data = dict(type='SyntheticSkeletonDataset', layout='sbu', num_subjects=1, indices=6, pipeline=PIPELINE)
    loader = dict(dict(batch_size=8, num_workers=0, drop_last=True, dataset=data), **loader)
    return Runner.from_cfg(
        Config(
            dict(
                model=dict(type='RecognizerGCN', backbone=backbone, cls_head=head),
                work_dir=str(work_dir),
                train_dataloader=dict(dict(sampler=dict(type='DefaultSampler', shuffle=True)), **loader),
                train_cfg=dict(by_epoch=True, max_epochs=2),
                optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
                param_scheduler=[SCHEDULES[schedule]],
                custom_hooks=[dict(type='EpochSeedHook')],
                default_scope='mmaction',
            )
        )
    )


@pytest.mark.parametrize('schedule', SCHEDULES)
def test_no_batch_is_refused(schedule, tmp_path):
    message = (
        r'there are 6 training samples \(per process\) for train_dataloader.batch_size=8, and '
        'train_dataloader.drop_last=True leaves out'
    )
    with pytest.raises(ValueError, match=message):
        runner(tmp_path, schedule).train()


@pytest.mark.parametrize('loader', [dict(batch_size=3), dict(drop_last=False)])
def test_a_batch_is_enough(loader, tmp_path):
    small = runner(tmp_path, 'by_iteration', **loader)
    small.train()
    assert small.iter == 2 * len(small.train_dataloader) > 0


def test_an_endless_sampler_has_batches(tmp_path):
    endless = runner(tmp_path, 'by_epoch', sampler=dict(type='InfiniteSampler'))
    endless._train_loop = dict(type='IterBasedTrainLoop', max_iters=2)
    endless.train()
    assert endless.iter == 2
