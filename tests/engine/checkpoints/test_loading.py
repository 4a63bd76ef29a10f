"""Checkpoint files that cannot be loaded are named with the reason."""

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader


def test_a_missing_file_is_named():
    with pytest.raises(FileNotFoundError, match='nowhere.pth does not exist'):
        CheckpointLoader.load_checkpoint('nowhere.pth')


def test_a_truncated_file_is_named(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    torch.save(dict(state_dict=torch.nn.Linear(64, 64).state_dict()), path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(RuntimeError, match='epoch_1.pth cannot be read, it may be cut off'):
        CheckpointLoader.load_checkpoint(str(path))
