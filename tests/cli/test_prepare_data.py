"""Command that prepares data sets."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets import SkeletonDataset
from mamp_plugin.datasets.preparation import PREPARATIONS
from mamp_plugin.skeletons import LAYOUTS

DOCS = Path(__file__).parents[2] / 'docs' / 'data'
TOOL = Path(__file__).parents[2] / 'tools' / 'data' / 'prepare.py'


@pytest.fixture()
def command(monkeypatch):
    spec = importlib.util.spec_from_file_location('prepare_data', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['prepare.py', *map(str, arguments)])
        module.main()

    return run


def test_files_become_samples(command, tmp_path, capsys):
    (tmp_path / 'moves').mkdir()
    for name in ('jump', 'sit'):
        np.save(tmp_path / 'moves' / f'{name}.npy', np.ones((7, 25, 3)))
    (tmp_path / 'labels.csv').write_text('name,label,split\njump,jump,train\nsit,sit,val\n')
    out = tmp_path / 'new' / 'moves.pkl'
    arguments = ['custom', '--raw', tmp_path / 'moves', '--table', tmp_path / 'labels.csv', '--layout', 'nturgb+d']
    command(*arguments, '--out', out, '--workers', 1, '--store')
    assert f'{out}: 2 sequences of 7 frames, persons: 1, layout nturgb+d' in capsys.readouterr().out
    for file in (out, out.with_suffix('.store')):
        (sample,) = SkeletonDataset(str(file), pipeline=[], split='val', layout='nturgb+d')
        assert (sample['frame_dir'], sample['label'], sample['keypoint'].shape) == ('sit', 1, (1, 7, 25, 3))


def test_layout_of_the_user(command, tmp_path, capsys, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(LAYOUTS, 'hand', None)  # restores the table after the test
    del LAYOUTS['hand']
    (tmp_path / 'hand_layout.py').write_text(
        'from mamp_plugin.skeletons import SkeletonLayout, register_layout\n'
        "register_layout(SkeletonLayout('hand', ('wrist', 'tip'), (0, 0), 0, ((0,), (1,)), ((0,), (1,))))\n"
    )
    np.save(tmp_path / 'wave.npy', np.ones((7, 2, 3)))
    (tmp_path / 'labels.csv').write_text('name,label\nwave,wave\n')
    arguments = ['custom', '--raw', tmp_path, '--table', tmp_path / 'labels.csv', '--layout', 'hand', '--workers', 1]
    arguments += ['--out', tmp_path / 'out.pkl']
    with pytest.raises(SystemExit, match="^error: unknown skeleton layout 'hand'; known .* or --import a module"):
        command(*arguments)
    with pytest.raises(SystemExit, match='^error: .*no_such_module'):
        command(*arguments, '--import', 'no_such_module')
    command(*arguments, '--import', 'hand_layout')
    assert 'persons: 1, layout hand' in capsys.readouterr().out


def test_layout_in_a_file(command, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('mamp_plugin.skeletons.registry.LAYOUTS', LAYOUTS.copy())
    hand = dict(name='hand', joints=['wrist', 'tip'], parents=['wrist', 'wrist'], center='wrist')
    hand.update(spine=['wrist', 'tip'], shoulders=['wrist', 'tip'])
    (tmp_path / 'hand.json').write_text(json.dumps(hand))
    np.save(tmp_path / 'wave.npy', np.ones((7, 2, 3)))
    (tmp_path / 'labels.csv').write_text('name,label\nwave,wave\n')
    arguments = ['custom', '--raw', tmp_path / 'wave.npy', '--table', tmp_path / 'labels.csv', '--workers', 2]
    arguments += ['--layout', tmp_path / 'hand.json', '--out', tmp_path / 'out.pkl']
    command(*arguments)
    assert 'persons: 1, layout hand' in capsys.readouterr().out
    (tmp_path / 'hand.json').write_text('{')
    with pytest.raises(SystemExit, match='^error: layout file .*hand.json is no JSON: Expecting'):
        command(*arguments)


def test_store_in_float16(command, tmp_path, capsys):
    np.save(tmp_path / 'jump.npy', np.ones((7, 25, 3)))
    (tmp_path / 'labels.csv').write_text('name,label,split\njump,jump,train\n')
    arguments = ['custom', '--raw', tmp_path, '--table', tmp_path / 'labels.csv', '--layout', 'nturgb+d']
    arguments += ['--out', tmp_path / 'out.pkl', '--workers', 1, '--half']
    with pytest.raises(SystemExit):
        command(*arguments)
    assert '--half applies to the store; add --store' in capsys.readouterr().err
    command(*arguments, '--store')
    (sample,) = SkeletonDataset(str(tmp_path / 'out.store'), pipeline=[], split='train')
    assert sample['keypoint'].dtype == np.float16


def test_errors_are_one_line(command, tmp_path):
    (tmp_path / 'a1_s1_t1_skeleton.mat').write_bytes(b'text')
    arguments = ['utd_mhad', '--raw', tmp_path, '--out', tmp_path / 'out.pkl', '--workers', 1]
    with pytest.raises(SystemExit, match='^error: .*a1_s1_t1_skeleton.mat is not a MATLAB file'):
        command(*arguments)
    with pytest.raises(SystemExit, match='^error: no sequence is left to write'):
        command(*arguments, '--skip-broken')
    with pytest.raises(SystemExit, match='^error: nowhere does not exist'):
        command('sbu', '--raw', 'nowhere')


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['sbu', '--raw', 'x', '--out', 'x.npz'], '--out must end in .pkl'),
        (['sbu', '--raw', 'x', '--workers', '0'], '--workers: expected a whole number of at least 1, got 0'),
        (['custom', '--raw', 'x'], 'the following arguments are required: --out'),
        (['kinetics', '--raw', 'x'], 'invalid choice'),
    ],
)
def test_bad_arguments(command, capsys, arguments, message):
    with pytest.raises(SystemExit):
        command(*arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize('name', PREPARATIONS)
def test_every_data_set_has_help_and_a_page(command, capsys, name):
    with pytest.raises(SystemExit, match='0'):
        command(name, '--help')
    text = capsys.readouterr().out
    assert '--raw' in text and PREPARATIONS[name].out in text
    assert f'`{name}`' in (DOCS / 'README.md').read_text(encoding='utf-8')
    pages = [page.read_text(encoding='utf-8') for page in DOCS.glob('*.md')]
    assert any(f'tools/data/prepare.py {name} --raw' in page for page in pages)
