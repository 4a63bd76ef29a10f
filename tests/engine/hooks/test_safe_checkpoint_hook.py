"""SafeCheckpointHook in a real runner: whole files at any moment."""

import errno
import os
import subprocess

import pytest
import torch
from mmengine.runner import Runner
from mmengine.runner.checkpoint import find_latest_checkpoint
from torch import nn

from mamp_plugin.engine.checkpoints.loading import load
from mamp_plugin.engine.hooks import SafeCheckpointHook, safe_checkpoint_hook


@pytest.fixture()
def build(load_config, tmp_path):
    """Build a runner of three epochs of one iteration that keeps two checkpoints."""

    def build(**checkpoint):
        cfg = load_config()
        cfg.train_cfg.max_epochs = 3
        cfg.default_hooks.checkpoint = dict(type='SafeCheckpointHook', interval=1, max_keep_ckpts=2, **checkpoint)
        return Runner.from_cfg(cfg)

    return build


@pytest.fixture()
def load_config(load, shrink, tmp_path):
    def load_config():
        cfg = shrink(load('mamp_synthetic'))
        cfg.train_dataloader.dataset.indices = 4
        cfg.experiment_name = f'{tmp_path.name}{len(list(tmp_path.iterdir()))}'
        return cfg

    return load_config


def files(folder):
    return sorted(
        path.name for path in folder.iterdir() if path.is_file() and path.suffix in ('.pth', '.sha256', '.tmp')
    )


def test_files_checksums_and_pointer(build, tmp_path):
    runner = build()
    runner.train()
    assert files(tmp_path) == ['epoch_2.pth', 'epoch_2.pth.sha256', 'epoch_3.pth', 'epoch_3.pth.sha256']
    subprocess.run(
        ['sha256sum', '--check', '--quiet', 'epoch_2.pth.sha256', 'epoch_3.pth.sha256'], cwd=tmp_path, check=True
    )
    assert find_latest_checkpoint(str(tmp_path)) == str(tmp_path / 'epoch_3.pth')
    checkpoint = load(str(tmp_path / 'epoch_3.pth'))
    assert checkpoint['meta']['epoch'] == 3 and checkpoint['message_hub']['runtime_info']['keep_ckpt_ids'] == [2, 3]
    for name, value in runner.model.state_dict().items():
        assert torch.equal(value, checkpoint['state_dict'][name])


@pytest.mark.parametrize('place', ['save', 'replace'])
def test_a_failed_write_loses_nothing(build, tmp_path, monkeypatch, place):
    runner = build()
    save, replace = runner.save_checkpoint, os.replace

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def save_part(out_dir, filename, *args, **kwargs):
        if runner.epoch < 2:
            return save(out_dir, filename, *args, **kwargs)
        with open(os.path.join(out_dir, filename), 'wb') as file:
            file.write(b'part')
        return full()

    if place == 'save':
        monkeypatch.setattr(runner, 'save_checkpoint', save_part)
    else:
        monkeypatch.setattr(
            os, 'replace', lambda source, target: (full if str(target).endswith('3.pth') else replace)(source, target)
        )
    with pytest.raises(OSError, match='No space left on device: .*epoch_3.pth'):
        runner.train()
    assert files(tmp_path) == ['epoch_1.pth', 'epoch_1.pth.sha256', 'epoch_2.pth', 'epoch_2.pth.sha256']
    assert find_latest_checkpoint(str(tmp_path)) == str(tmp_path / 'epoch_2.pth')
    assert load(str(tmp_path / 'epoch_1.pth'))['meta']['epoch'] == 1


def test_other_ranks_leave_the_file_that_rank_0_writes(build, tmp_path, monkeypatch):
    runner = build()
    hook = next(hook for hook in runner.hooks if isinstance(hook, SafeCheckpointHook))
    hook.before_train(runner)
    monkeypatch.setattr(safe_checkpoint_hook, 'is_main_process', lambda: False)
    monkeypatch.setattr(runner, 'save_checkpoint', lambda *args, **kwargs: None)  # as on the other ranks
    written = tmp_path / '.epoch_1.pth.tmp'
    written.write_text('half')
    hook._save_checkpoint_with_step(runner, 1, {})
    assert written.exists() and files(tmp_path) == ['.epoch_1.pth.tmp']


def test_weights_that_are_not_finite_are_not_saved(build, tmp_path, monkeypatch):
    runner = build()
    hook = next(hook for hook in runner.hooks if type(hook).__name__ == 'SafeCheckpointHook')
    save = hook._save_checkpoint

    def poison(runner):
        if runner.epoch == 1:
            nn.init.constant_(runner.model.neck.norm.weight, float('inf'))
        save(runner)

    monkeypatch.setattr(hook, '_save_checkpoint', poison)
    message = r'neck.norm.weight has become NaN or infinite in epoch 2; .* checkpoint is .*epoch_1.pth'
    with pytest.raises(ValueError, match=message):
        runner.train()
    assert files(tmp_path) == ['epoch_1.pth', 'epoch_1.pth.sha256']
