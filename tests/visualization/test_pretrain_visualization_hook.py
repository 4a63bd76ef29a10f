"""PretrainVisualizationHook draws and leaves the run unchanged."""

from pathlib import Path

import pytest
import torch
from mmaction.registry import HOOKS, MODELS
from mmengine.runner import Runner

from mamp_plugin.visualization import PretrainVisualizationHook

pytest.importorskip('matplotlib')
PIPELINE = [
    dict(type='CropResizeFrames', window=8, proportion=(0.5, 1)),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]


def build(folder, hook=None, method='MAMP', **cfg):
    """Build a run without EpochSeedHook, so that an extra random draw would change all that follow."""
    torch.manual_seed(0)
    backbone = dict(type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=8, depth=1, num_heads=2)
    model = dict(
        type=method,
        backbone=dict(backbone, temporal_patch=2, drop_path_rate=0.2),
        masking=dict(type='MotionAwareMasking', ratio=0.8),
        neck=dict(type='QueryDecoder', embed_dims=8, depth=1, num_heads=2),
    )
    if method == 'MAMP':
        model.update(head=dict(type='MotionPredictionHead'))
    data = dict(type='SyntheticSkeletonDataset', layout='sbu', num_subjects=2, indices=8, pipeline=PIPELINE)
    sampler = dict(type='DefaultSampler', shuffle=True)
    return Runner(
        model=MODELS.build(model),
        work_dir=str(folder),
        train_dataloader=dict(dataset=data, batch_size=4, num_workers=0, sampler=sampler),
        train_cfg=dict(by_epoch=True, max_epochs=3),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        default_hooks=dict(checkpoint=None),
        custom_hooks=[] if hook is None else [dict(type='PretrainVisualizationHook', num_frames=2, **hook)],
        randomness=dict(seed=3),
        default_scope='mmaction',
        log_level='ERROR',
        experiment_name=f'{folder.parent.name}_{folder.name}',
    )


def pictures(runner):
    return sorted(path.name for path in Path(runner.log_dir).rglob('*.png'))


def hook_of(runner):
    return next(hook for hook in runner.hooks if isinstance(hook, PretrainVisualizationHook))


def test_run_is_identical_to_one_without_the_hook(tmp_path, quick_runners):
    plain = build(tmp_path / 'plain')
    plain.train()
    drawn = build(tmp_path / 'drawn', dict(interval=2))
    untrained = drawn.model.state_dict()['head.pred.weight'].clone()
    drawn.train()
    one, other = plain.model.state_dict(), drawn.model.state_dict()
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert not torch.equal(other['head.pred.weight'], untrained) and drawn.model.training
    assert pictures(drawn) == [f'pretraining_{sample}_{epoch}.png' for sample in (0, 1) for epoch in (2, 3)]
    assert pictures(plain) == []


def test_samples_and_masks_are_the_same_in_every_epoch(tmp_path, monkeypatch, quick_runners):
    runner = build(tmp_path, dict(interval=1, num_samples=1))
    images = []
    monkeypatch.setattr(runner.visualizer, 'add_image', lambda name, image, step: images.append((step, image)))
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    hook = hook_of(runner)
    hook.before_train(runner)
    hook.draw(runner)
    hook.draw(runner)
    assert (images[0][1] == images[1][1]).all() and images[0][1].ndim == 3


def test_predicted_features_are_drawn_as_masks(tmp_path, quick_runners):
    runner = build(tmp_path, dict(interval=9, num_samples=1), 'MaskedFeaturePrediction')
    runner.train()
    assert pictures(runner) == ['pretraining_0_3.png']


@pytest.mark.parametrize('name', ['interval', 'num_samples', 'num_frames'])
def test_wrong_numbers_are_refused(name):
    with pytest.raises(ValueError, match=f'{name} must be an integer of at least 1, got 0'):
        HOOKS.build({'type': 'PretrainVisualizationHook', name: 0})


def test_model_without_mask_is_refused(tmp_path, quick_runners):
    runner = build(tmp_path, dict())
    runner.model = torch.nn.Linear(1, 1)
    with pytest.raises(TypeError, match='PretrainVisualizationHook has a Linear, which masks no tokens'):
        hook_of(runner).before_train(runner)
