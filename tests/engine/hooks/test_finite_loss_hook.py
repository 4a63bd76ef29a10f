"""FiniteLossHook ends a run, and names the loss, the samples and the last good checkpoint."""

import pytest
from mmengine.runner import Runner

from mamp_plugin.recipes import apply_recipe


@pytest.mark.parametrize(
    ('name', 'recipe'), [('mamp_synthetic', None), ('pcm3_synthetic', None), ('mamp_synthetic', 'semi')]
)
def test_a_diverged_run_ends(load, shrink, tmp_path, monkeypatch, name, recipe):
    cfg = shrink(load(name))
    if recipe:
        apply_recipe(cfg, recipe, fraction=1.0)
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        cfg.train_dataloader.update(batch_size=4, num_workers=0)
    cfg.train_cfg.max_epochs = 3
    cfg.default_hooks.checkpoint = dict(type='SafeCheckpointHook', interval=1)
    runner = Runner.from_cfg(cfg)
    step = runner.model.train_step

    def diverge(data, optim_wrapper):
        losses = step(data, optim_wrapper)
        return {key: value * float('nan') if runner.epoch == 1 else value for key, value in losses.items()}

    monkeypatch.setattr(runner.model, 'train_step', diverge)
    message = r'loss is nan.* in epoch 2, iteration \d+; samples of the batch: S\d+C\d+.*, S.* is .*epoch_1.pth: lower'
    with pytest.raises(ValueError, match=message):
        runner.train()
    assert [path.name for path in tmp_path.glob('*.pth')] == ['epoch_1.pth']


def test_samples_without_names(load, shrink, monkeypatch):
    cfg = shrink(load('mamp_synthetic'))
    runner = Runner.from_cfg(cfg)
    hook = next(hook for hook in runner.hooks if type(hook).__name__ == 'FiniteLossHook')
    hook.after_train_iter(runner, 0, None, dict(loss=1.0, acc=float('nan')))
    with pytest.raises(ValueError, match='loss_a is inf in epoch 1, iteration 1; samples of the batch: without names'):
        hook.after_train_iter(runner, 0, None, dict(loss_a=float('inf'), loss_b=1.0))
