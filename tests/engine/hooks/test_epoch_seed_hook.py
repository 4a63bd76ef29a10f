"""EpochSeedHook rejects training data without a batch."""

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
    """Skip formatting of the config and logging of the environment, which take longer than the training here."""
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
def test_no_batch(schedule, tmp_path):
    message = '6 training samples per rank do not fill train_dataloader.batch_size=8, and .*drop_last=True drops'
    with pytest.raises(ValueError, match=message):
        runner(tmp_path, schedule).train()


@pytest.mark.parametrize('loader', [dict(batch_size=3), dict(drop_last=False)])
def test_one_batch_is_enough(loader, tmp_path):
    small = runner(tmp_path, 'by_iteration', **loader)
    small.train()
    assert small.iter == 2 * len(small.train_dataloader) > 0


def test_infinite_sampler(tmp_path):
    endless = runner(tmp_path, 'by_epoch', sampler=dict(type='InfiniteSampler'))
    endless._train_loop = dict(type='IterBasedTrainLoop', max_iters=2)
    endless.train()
    assert endless.iter == 2
