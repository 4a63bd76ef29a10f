"""A run that stops and goes on ends where one without a break does, queue and pointer included."""

import torch
from mmaction.registry import MODELS
from mmengine.runner import Runner
from torch.utils.data import DataLoader

EPOCHS = 4


def run(folder, epochs, resume=False):
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='PCM3',
            backbone=dict(type='SkeletonGRU', layout='sbu', hidden_dims=16, num_layers=2),
            projector=dict(type='Projector', out_channels=8),
            decoder=dict(type='SequenceDecoder', hidden_dims=12, num_layers=1),
            masking=dict(type='BodyPartMasking', num_clips=4),
            mixing=dict(type='ViewMixing', span=(2, 3)),
            queue_size=20,
            task_prompt_dims=16,
        )
    )
    generator = torch.Generator().manual_seed(1)
    views = torch.randn(9, 3, 2, 16, 15, 3, generator=generator).cumsum(dim=3)

    def collate(batch):
        return dict(inputs=batch, data_samples=[None] * len(batch))

    runner = Runner(
        model,
        work_dir=str(folder),
        # the last batch of an epoch is smaller than the others
        train_dataloader=DataLoader(list(views), batch_size=4, shuffle=True, collate_fn=collate),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01, momentum=0.9)),
        param_scheduler=dict(type='MultiStepLR', milestones=[3], end=EPOCHS),
        custom_hooks=[dict(type='EpochSeedHook')],
        randomness=dict(seed=3),
        resume=resume,
        default_scope='mmaction',
        experiment_name=f'{folder.name}_{epochs}',
        log_level='ERROR',
    )
    runner.train()
    return model.state_dict()


def test_resume_in_the_middle(tmp_path):
    whole = run(tmp_path / 'whole', EPOCHS)
    half = run(tmp_path / 'broken', EPOCHS // 2)
    resumed = run(tmp_path / 'broken', EPOCHS, resume=True)
    assert whole['queue.queue_ptr'].tolist() == [EPOCHS * 9 % 20]
    assert not torch.equal(half['queue.queue'], whole['queue.queue'])
    assert resumed.keys() == whole.keys()
    for name, value in whole.items():
        assert torch.equal(resumed[name], value), name
