"""A resumed run ends with the weights and buffers of an uninterrupted one."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader

EPOCHS = 4
METHODS = dict(
    PCM3=dict(
        backbone=dict(type='SkeletonGRU', layout='sbu', hidden_dims=16, num_layers=2),
        projector=dict(type='Projector', out_channels=8),
        decoder=dict(type='SequenceDecoder', hidden_dims=12, num_layers=1),
        masking=dict(type='BodyPartMasking', num_clips=4),
        mixing=dict(type='ViewMixing', span=(2, 3)),
        queue_size=20,
        task_prompt_dims=16,
    ),
    MaskedFeaturePrediction=dict(
        # draws masks and the tokens to predict
        backbone=dict(
            type='SkeletonTransformer',
            layout='sbu',
            num_frames=16,
            embed_dims=16,
            depth=1,
            num_heads=2,
            temporal_patch=4,
        ),
        masking=dict(type='MotionAwareMasking', ratio=0.8),
        neck=dict(type='QueryDecoder', embed_dims=8, depth=1, num_heads=2),
        momentum=0.5,
        end_momentum=1.0,
    ),
)


class Stop(Hook):
    """End of a run before its last epoch, as by an interruption."""

    def __init__(self, epochs):
        self.epochs = epochs

    def after_train_epoch(self, runner):
        runner.train_loop.stop_training = runner.epoch + 1 == self.epochs


def run(folder, method, epochs, resume=False):
    torch.manual_seed(0)
    model = MODELS.build(dict(METHODS[method], type=method))
    generator = torch.Generator().manual_seed(1)
    views = torch.randn(9, 3, 2, 16, 15, 3, generator=generator).cumsum(dim=3)

    def collate(batch):
        return dict(inputs=batch, data_samples=[ActionDataSample() for _ in batch])

    runner = Runner(
        model,
        work_dir=str(folder),
        # the last batch of an epoch is smaller than the others
        train_dataloader=DataLoader(list(views), batch_size=4, shuffle=True, collate_fn=collate),
        train_cfg=dict(by_epoch=True, max_epochs=EPOCHS),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01, momentum=0.9)),
        param_scheduler=dict(type='MultiStepLR', milestones=[3], end=EPOCHS),
        custom_hooks=[dict(type='EpochSeedHook'), Stop(epochs)],
        randomness=dict(seed=3),
        resume=resume,
        default_scope='mmaction',
        # a name of its own: the newest message hub is the current one, and an old name would not make a new hub
        experiment_name=f'{method}_{folder.parent.name}_{folder.name}_{epochs}',
        log_level='ERROR',
    )
    runner.train()
    return model.state_dict()


@pytest.mark.parametrize('method', list(METHODS))
def test_resume_in_the_middle(tmp_path, method):
    whole = run(tmp_path / 'whole', method, EPOCHS)
    half = run(tmp_path / 'broken', method, EPOCHS // 2)
    resumed = run(tmp_path / 'broken', method, EPOCHS, resume=True)
    if method == 'PCM3':
        assert whole['queue.queue_ptr'].tolist() == [EPOCHS * 9 % 20]
        assert not torch.equal(half['queue.queue'], whole['queue.queue'])
    else:
        name = 'teacher.backbone.blocks.0.attn.qkv.weight'
        assert not torch.equal(half[name], whole[name])
    assert resumed.keys() == whole.keys()
    for name, value in whole.items():
        assert torch.equal(resumed[name], value), name
