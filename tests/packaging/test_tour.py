"""A tour from an empty folder: recordings of a made-up skeleton, pretraining, fine-tuning, an answer, an export."""

import json
import runpy
import shutil
import sys
import zipfile

import numpy as np
import pytest

from mamp_plugin import __main__

FINGERS = ('thumb', 'index', 'middle', 'ring', 'pinky')
#: A hand of 21 joints.
LAYOUT = dict(
    name='hand21',
    joints=['wrist', *(f'{finger}_{joint}' for finger in FINGERS for joint in ('base', '1', '2', 'tip'))],
    bones=[
        [f'{finger}_{joint}', parent if parent == 'wrist' else f'{finger}_{parent}']
        for finger in FINGERS
        for joint, parent in zip(('base', '1', '2', 'tip'), ('wrist', 'base', '1', '2'))
    ],
    center='wrist',
    spine=['wrist', 'middle_base'],
    shoulders=['index_base', 'pinky_base'],
)
DATA = """
train_data = dict(type='SkeletonDataset', ann_file='hands.pkl', layout='hand21.json', split='train')
data_info = dict(num_classes=3, num_persons=1, max_batch_size=8, val=dict(split='val'))
"""
CONFIG = """
_base_ = ['mamp_plugin::_base_/mamp_small.py', 'hands.py']
from mamp_plugin.recipes import pretrain

globals().update(
    pretrain(
        _base_,
        model=dict(backbone=dict(num_frames=16, embed_dims=16, depth=1), neck=dict(embed_dims=16, depth=1)),
        train_cfg=dict(max_epochs=2),
        train_dataloader=dict(batch_size=8, num_workers=0),
    )
)
"""


def write_recordings(folder):
    """Write 60 recordings of three gestures, their labels, the layout and the configs."""
    draw = np.random.default_rng(0)
    (folder / 'hands').mkdir()
    table = ['name,label,split']
    tips = [index for index, name in enumerate(LAYOUT['joints']) if name.endswith('tip')]
    for number in range(60):
        gesture = ('fist', 'point', 'wave')[number % 3]
        time = np.arange(draw.integers(30, 50))
        hand = np.tile(draw.normal(0, 0.05, (1, 21, 3)), (len(time), 1, 1)) + draw.normal(0, 0.002, (len(time), 21, 3))
        moving = dict(fist=tips, point=tips[1:2], wave=range(1, 21))[gesture]
        hand[:, moving, number % 3] += 0.2 * np.sin(time / 4)[:, None]
        np.save(folder / f'hands/{number:02}.npy', hand)
        table.append(f'{number:02},{gesture},{"val" if number >= 45 else "train"}')
    (folder / 'labels.csv').write_text('\n'.join(table))
    (folder / 'hand21.json').write_text(json.dumps(LAYOUT))
    (folder / 'hands.py').write_text(DATA)
    (folder / 'mamp_hands.py').write_text(CONFIG)


def take_tour(tool, script):
    """Type the commands of the tour.

    Args:
        tool (callable): Runs ``python -m mamp_plugin ...`` and returns what it prints.
        script (callable): Runs the stand-alone script.
    """
    text = tool(
        'prepare', 'custom', '--raw', 'hands', '--table', 'labels.csv', '--layout', 'hand21.json', '--out', 'hands.pkl'
    )
    assert 'hands.pkl: 60 sequences of 30 to 49 frames, persons: 1, layout hand21' in text
    assert '0 = fist, 1 = point, 2 = wave' in text
    tool('train', 'mamp_hands.py')
    pretrained = 'work_dirs/mamp_hands/epoch_2.pth'
    rows = tool('probe', 'mamp_hands.py', pretrained)
    assert all(row in rows for row in ('raw poses', 'random', 'epoch_2.pth'))
    options = [f'load_from={pretrained}', 'train_dataloader.num_workers=0', 'val_dataloader.num_workers=0']
    options += ['train_cfg.max_epochs=2']
    tool('train', 'mamp_hands.py', '--recipe', 'finetune', '--work-dir', 'finetuned', '--cfg-options', *options)
    classifier = 'finetuned/epoch_2.pth'
    answer = tool('infer', 'hands/50.npy', '--checkpoint', classifier, '--top', '1').split()
    assert answer[0] == '50' and answer[2] in ('fist', 'point', 'wave')
    tool('export', classifier, '--out', 'hands.onnx')
    name, label, score = script('hands.onnx', 'hands/50.npy').split()
    assert (name, label) == ('hands/50.npy', answer[2]) and abs(float(score) - float(answer[1])) < 2e-3


def test_in_one_process(tmp_path, monkeypatch, capsys, readable_configs):
    monkeypatch.chdir(tmp_path)
    write_recordings(tmp_path)

    def run(path, *arguments):
        monkeypatch.setattr(sys, 'argv', [str(path), *map(str, arguments)])
        runpy.run_path(str(path), run_name='__main__')
        return capsys.readouterr().out

    tools = __main__.find_tools()
    take_tour(
        lambda name, *arguments: run(tools[name], *arguments), lambda *arguments: run(tools['run_onnx'], *arguments)
    )


@pytest.mark.slow
def test_with_the_wheel_installed(wheel, run_python, tmp_path, monkeypatch):
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / 'site')
    folder = tmp_path / 'empty folder'
    folder.mkdir()
    monkeypatch.chdir(folder)
    write_recordings(folder)
    shutil.copy(tmp_path / 'site/mamp_plugin/.mim/tools/deployment/run_onnx.py', folder)
    path = dict(cwd=folder, PYTHONPATH=str(tmp_path / 'site'))
    take_tour(
        lambda *arguments: run_python('-m', 'mamp_plugin', *arguments, **path),
        lambda *arguments: run_python('run_onnx.py', *arguments, cwd=folder),
    )
