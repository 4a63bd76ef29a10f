"""Commands that export and publish models."""

from pathlib import Path

import pytest

from mamp_plugin.apis import load_encoder


def test_export_beside_the_checkpoint(run_tool, save_run, tmp_path):
    checkpoint, _ = save_run('mamp_synthetic')
    lines = run_tool('deployment/export.py', checkpoint, '--format', 'torchscript', '--pool', 'parts').splitlines()
    assert lines[:2] == ["input: clips ['batch', 2, 24, 25, 3]", "output: features ['batch', 320]"]
    assert lines[2].startswith('largest difference from PyTorch: ')
    stem = checkpoint.removesuffix('.pth')
    assert lines[3] == f'written to {stem}.pt and {stem}.json' and Path(f'{stem}.pt').is_file()
    error, _ = run_tool('deployment/export.py', checkpoint, '--format', 'torchscript', '--part', 'classifier')
    assert error == f'error: {checkpoint} has no classifier; export its encoder (--debug shows the traceback)\n'


def test_published_encoder(run_tool, save_run, tmp_path):
    pytest.importorskip('safetensors')
    checkpoint, _ = save_run('mamp_synthetic')
    text = run_tool('model_converters/publish.py', checkpoint, tmp_path / 'hub')
    assert text.startswith(f'{tmp_path}/hub: encoder of {checkpoint}, SHA-256 ')
    assert load_encoder(str(tmp_path / 'hub')).layout == 'nturgb+d'
