"""The README's commands after the set-up, in its order: train, linear classifier, test, infer, report, features."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from .test_code import commands

ROOT = Path(__file__).parents[2]
#: The synthetic data and short runs in place of those that need a download and a GPU.
SHORT = {'ntu60': 'synthetic', 'epoch_400': 'epoch_1', 'epoch_100': 'epoch_1', 'report.html': 'x.html'}
LINEAR = 'work_dirs/downstream/linear/mamp_synthetic_linear/epoch_1.pth'
TOOLS = ('train.py', 'test.py', 'infer.py', 'report.py')
OPTIONS = {
    'train.py': ['train_cfg.max_epochs=1', '+train_dataloader.dataset.indices=64', 'train_dataloader.num_workers=0'],
    'test.py': ['train_dataloader.num_workers=0'],
}


def shortened(word):
    for name, short in SHORT.items():
        word = word.replace(name, short)
    return word


def short_commands(blocks):
    """Yield the commands that train, test, infer and report, shortened; tables and data sets take longer."""
    seen = set()
    for block in blocks:
        for tool, *arguments in commands(block.text) if block.language == 'bash' else ():
            words = [shortened(word) for word in arguments]
            if Path(tool).name in TOOLS and (tool, *words) not in seen:
                seen.add((tool, *words))  # that of two processes and that of eight become one
                yield tool, *words, *options(Path(tool).name, words)


def options(name, words):
    """Return further settings of a command."""
    if name not in OPTIONS:
        return []
    start = [] if '--cfg-options' in words else ['--cfg-options']
    return [*start, *OPTIONS[name], *(['+data_info.val.indices=64'] if '--recipe' in words else [])]


def test_commands_in_their_order(blocks_of, tmp_path, monkeypatch, capsys, readable_configs):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'configs').symlink_to(ROOT / 'configs')
    np.save('jump.npy', np.random.rand(40, 25, 3).astype(np.float32))
    outputs = []
    for name, *words in short_commands(blocks_of('README.md')):
        monkeypatch.setattr(sys, 'argv', [name, *words])
        runpy.run_path(name, run_name='__main__')
        outputs.append((Path(name).name, capsys.readouterr().out))
    ran = [name for name, _ in outputs]
    assert ran == ['train.py', 'train.py', 'test.py', 'infer.py', 'report.py']
    assert 'jump' in dict(outputs)['infer.py']
    assert '<html' in Path('x.html').read_text(encoding='utf-8')
    # python of the README and of the page that it links to, on these checkpoints
    Path('recordings').mkdir()
    np.save('recordings/monday.npy', np.random.rand(200, 25, 3).astype(np.float32))
    Path('names.txt').write_text('\n'.join(f'action {number}' for number in range(16)))
    scope = dict(keypoints=torch.rand(40, 25, 3), others=torch.rand(2, 40, 25, 3), stream=[torch.rand(40, 25, 3)])
    for page in ('README.md', 'docs/inference.md'):
        for block in blocks_of(page):
            if block.language == 'python':
                exec(shortened(block.text).replace('linear.pth', LINEAR), scope)
    assert scope['features'].shape[0] == 2 and scope['features'].isfinite().all()
    assert len(scope['tokens']) == 1 and scope['tokens'].ndim == 5


@pytest.mark.slow
def test_the_quickstart_ends_with_a_report(tmp_path):
    folder = tmp_path / 'fresh clone'
    subprocess.run(['git', 'clone', '-q', str(ROOT), str(folder)], check=True)
    environment = {**os.environ, 'MAMP_ENV': 'active', 'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}'}
    text = subprocess.run(
        ['bash', 'tools/quickstart.sh'], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    assert all(row in text for row in ('raw poses', 'random', 'epoch_30.pth'))
    assert (folder / 'work_dirs/quickstart/report.html').stat().st_size > 100_000
