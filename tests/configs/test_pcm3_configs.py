"""Every PCM3 config builds and trains, and says what the paper and its released code say."""

from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.runner import Runner

from mamp_plugin.datasets import SyntheticSkeletonDataset

CONFIGS = Path(__file__).parents[2] / 'configs'
PCM3 = sorted(path.stem for path in CONFIGS.glob('pcm3_*.py'))
DATA = ('ntu60', 'ntu60_xview', 'ntu120', 'ntu120_xset', 'pku1', 'pku2')
STREAMS = [f'{data}_{stream}' for data in DATA for stream in ('bone', 'motion')]
#: Sizes small enough for a test, by the encoder.
TINY = dict(
    SkeletonGRU=dict(backbone=dict(hidden_dims=8, num_layers=1)),
    SkeletonTransformer=dict(backbone=dict(embed_dims=16, depth=1, num_heads=2)),
    STGCN=dict(backbone=dict(base_channels=4), pool=dict(in_channels=16)),
)


def load(name):
    return Config.fromfile(CONFIGS / f'pcm3_{name}.py')


def synthetic(cfg, pipeline):
    """Eight sequences of the config's layout."""
    layout = cfg.train_data.get('layout', 'nturgb+d')
    return dict(layout=layout, num_subjects=2, indices=8, pipeline=pipeline)


def shrink(cfg, work_dir):
    """The same run with a tiny model, on synthetic data of the config's layout."""
    cfg.work_dir = str(work_dir)
    data = synthetic(cfg, cfg.train_dataloader.dataset.pipeline)
    cfg.train_dataloader.dataset = dict(type='SyntheticSkeletonDataset', **data)
    cfg.train_dataloader.update(batch_size=4, num_workers=0)
    small = dict(projector=dict(out_channels=8), decoder=dict(hidden_dims=8), queue_size=16, task_prompt_dims=8)
    cfg.merge_from_dict(dict(model=dict(small, **TINY[cfg.model.backbone.type])))
    cfg.train_cfg.max_epochs = 1
    cfg.default_hooks.checkpoint = None
    return cfg


@pytest.mark.parametrize('name', PCM3)
def test_two_iterations_of_every_config(name, tmp_path):
    runner = Runner.from_cfg(shrink(Config.fromfile(CONFIGS / f'{name}.py'), tmp_path))
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert runner.iter == 2
    loss = runner.message_hub.get_scalar('train/loss')
    assert torch.isfinite(torch.as_tensor(loss.current()))
    after = runner.model.state_dict()
    assert after['queue.queue_ptr'].tolist() == [8]
    for part in ('backbone.', 'projector.', 'decoder.'):
        assert any(not torch.equal(after[key], before[key]) for key in after if key.startswith(part))


@pytest.mark.parametrize('name', ['ntu60', 'ntu60_bone', 'pku1_motion', 'utd', 'sbu', 'synthetic'])
def test_one_view_for_testing(name):
    cfg = load(name)
    data = SyntheticSkeletonDataset(**synthetic(cfg, []))
    train, test, again = (Compose(cfg[f'{key}_pipeline'])(data[0])['inputs'] for key in ('train', 'test', 'test'))
    assert len(train) == 3 and len(test) == 1
    assert train.shape[1:] == test.shape[1:]
    assert torch.equal(test, again)


# ---- the published recipe ------------------------------------------------------------------------------------------

CROP = dict(type='CropResizeFrames', window=64, proportion=(0.1, 1), min_frames=64)
SHEAR = dict(type='RandomShear3D', amount=1.0)
CORRUPT = dict(type='CorruptJoints', share=0.6, zero_prob=0.5)
VIEW = [CROP, dict(type='RandomChoice', transforms=[[CORRUPT], [SHEAR]])]
NORMALISE = [dict(type='PadEmptyFrames'), dict(type='CenterSkeleton', frame='every', align=True)]
PACK = [dict(type='FormatGCNInput', num_person=2), dict(type='PackActionInputs')]
MODEL = dict(
    type='PCM3',
    backbone=dict(type='SkeletonGRU', layout='nturgb+d', num_persons=2, hidden_dims=1024, num_layers=3),
    projector=dict(type='Projector', out_channels=128),
    decoder=dict(type='SequenceDecoder', hidden_dims=512, num_layers=2),
    masking=dict(type='BodyPartMasking', num_clips=8, num_parts=3),
    mixing=dict(type='ViewMixing', block_frames=4, span=(7, 11), num_parts=(2, 3)),
    head=dict(type='ContrastHead', temperature=0.07, query_temperature=0.1, key_temperature=0.05),
    queue_size=16384,
    momentum=0.999,
    reconstruction_weight=40,
    prompts=True,
    prompt_position='before_norm',
    task_prompt_dims=256,
)


@pytest.mark.parametrize('name', [*DATA, *STREAMS])
def test_published_recipe_to_the_letter(name):
    cfg = load(name)
    stream = name.split('_')[-1] if name in STREAMS else None
    assert cfg.model == dict(MODEL, prompts=stream is None)
    streams = [dict(type='SkeletonStream', stream=stream)] if stream else []
    views = dict(type='MultiView', views=[VIEW, VIEW, [CROP, SHEAR]])
    assert cfg.train_dataloader.dataset.pipeline == cfg.train_pipeline == [*NORMALISE, views, *streams, *PACK]
    middle = dict(type='CropResizeFrames', window=64, proportion=(0.95,))
    assert cfg.test_pipeline == [*NORMALISE, middle, *streams, *PACK]
    assert cfg.optim_wrapper == dict(optimizer=dict(type='SGD', lr=0.02, momentum=0.9, weight_decay=1e-4))
    assert cfg.train_cfg == dict(type='EpochBasedTrainLoop', max_epochs=451)
    assert cfg.param_scheduler == [dict(type='MultiStepLR', milestones=[351], gamma=0.1)]
    assert cfg.train_dataloader.batch_size == 128 and cfg.train_dataloader.drop_last
    assert cfg.auto_scale_lr == dict(enable=False, base_batch_size=128)
    assert cfg.randomness == dict(seed=42)
    assert [hook.type for hook in cfg.custom_hooks] == ['EpochSeedHook', 'PretrainedEncoderHook']


def test_fifteen_joints_are_corrupted():
    joints, _ = Compose([CORRUPT]).transforms[0].draw()
    assert len(joints) == 15


def test_the_learning_rate_falls_in_epoch_351_and_everything_decays(tmp_path):
    cfg = shrink(load('ntu60'), tmp_path)
    runner = Runner.from_cfg(cfg)
    optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    runner.optim_wrapper = optim_wrapper
    (scheduler,) = runner.build_param_scheduler(cfg.param_scheduler)
    optim_wrapper.step()  # torch wants one before the first of its scheduler
    rates = []
    for _ in range(451):
        rates.append(optim_wrapper.get_lr()['lr'][0])
        scheduler.step()
    assert rates == pytest.approx([0.02] * 351 + [0.002] * 100)
    trained = [parameter for parameter in runner.model.parameters() if parameter.requires_grad]
    decayed = {id(p): group['weight_decay'] for group in optim_wrapper.param_groups for p in group['params']}
    assert [decayed[id(parameter)] for parameter in trained] == [1e-4] * len(trained)


@pytest.mark.parametrize('name', STREAMS)
def test_streams_have_no_prompts(name, tmp_path):
    model = MODELS.build(shrink(load(name), tmp_path).model)
    assert not list(model.prompts.parameters())


@pytest.mark.parametrize(
    ('name', 'ann_file', 'split', 'classes'),
    [
        ('ntu60', 'ntu60_3d', 'xsub_train', 60),
        ('ntu60_xview', 'ntu60_3d', 'xview_train', 60),
        ('ntu60_xview_motion', 'ntu60_3d', 'xview_train', 60),
        ('ntu120', 'ntu120_3d', 'xsub_train', 120),
        ('ntu120_bone', 'ntu120_3d', 'xsub_train', 120),
        ('ntu120_xset', 'ntu120_3d', 'xset_train', 120),
        ('pku1', 'pku1_3d', 'xsub_train', 51),
        ('pku2_bone', 'pku2_3d', 'xsub_train', 51),
        ('pku2', 'pku2_3d', 'xsub_train', 51),
        ('utd', 'utd_mhad', 'xsub_train', 27),
        ('sbu', 'sbu', 'fold1_train', 8),
        ('transformer_ntu60', 'ntu60_3d', 'xsub_train', 60),
        ('stgcn_ntu60', 'ntu60_3d', 'xsub_train', 60),
    ],
)
def test_data_of_each_config(name, ann_file, split, classes):
    cfg = load(name)
    data = cfg.train_dataloader.dataset
    assert (data.type, data.ann_file) == ('SkeletonDataset', f'data/skeleton/{ann_file}.pkl')
    assert data.split == cfg.train_data.split == split and cfg.num_classes == classes
    assert cfg.val_data.split == split.replace('train', 'val') and cfg.val_data.test_mode
    assert data.layout == cfg.model.get('layout', cfg.model.backbone.get('layout'))


@pytest.mark.parametrize('name', ['transformer_ntu60', 'stgcn_ntu60', 'after_norm_ntu60'])
def test_variants_differ_in_the_model_only(name):
    variant, plain = load(name), load('ntu60')
    for key in ('train_dataloader', 'train_pipeline', 'test_pipeline', 'param_scheduler', 'train_cfg', 'randomness'):
        assert variant[key] == plain[key]
    kept = {key for key in plain.model if key not in ('backbone', 'prompt_position', 'task_prompt_dims')}
    assert all(variant.model[key] == plain.model[key] for key in kept)
    assert variant.model.prompt_position == ('after_norm' if 'after_norm' in name else 'before_norm')
    assert variant.model.backbone == plain.model.backbone or 'after_norm' not in name
