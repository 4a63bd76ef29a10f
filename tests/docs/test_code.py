"""Code and commands on the pages."""

import argparse
import json
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from mamp_plugin import __main__

ROOT = Path(__file__).parents[2]
PAGES = sorted(str(page.relative_to(ROOT)) for page in [*ROOT.glob('*.md'), *(ROOT / 'docs').rglob('*.md')])


class Parsed(BaseException):
    """The arguments of a tool are accepted."""


#: Configs that a page tells the reader to write.
WRITTEN = ('configs/mamp_moves.py',)


def commands(text):
    """Return the commands of a shell block that start a tool of the repository, as ``[path, argument, ...]``."""
    for line in text.replace('\\\n', ' ').splitlines():
        words = shlex.split(line.partition(' | ')[0], comments=True)
        while words and '=' in words[0]:  # the environment
            words.pop(0)
        if words[:3] == ['python', '-m', 'mamp_plugin'] and words[3:]:
            yield [str(__main__.find_tools()[words[3]]), *words[4:]]
        elif words[:1] == ['python'] and words[1].startswith('tools/'):
            yield [str(ROOT / words[1]), *words[2:]]
        elif words and words[0].startswith('tools/dist_'):
            assert words[2].isdigit(), line
            yield [str(ROOT / f'tools/{words[0][11:]}').replace('.sh', '.py'), words[1], *words[3:]]


@pytest.mark.parametrize('page', PAGES)
def test_commands_of_the_pages_are_accepted(page, blocks_of, monkeypatch, capsys):
    parse = argparse.ArgumentParser.parse_args

    def parse_args(parser, *args, **kwargs):
        parse(parser, *args, **kwargs)
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, 'parse_args', parse_args)
    monkeypatch.chdir(ROOT)
    for block in blocks_of(page):
        for command in commands(block.text) if block.language == 'bash' and not block.mark else ():
            path = Path(command[0])
            assert path.is_file(), command
            if 'sys.argv' in path.read_text():  # without options
                continue
            for word in command[1:]:
                assert not word.startswith('configs/') or word in WRITTEN or (ROOT / word).exists(), command
            monkeypatch.setattr(sys, 'argv', command)
            monkeypatch.setattr(sys, 'path', [str(path.parent), *sys.path])
            try:
                runpy.run_path(str(path), run_name='__main__')
            except Parsed:
                continue
            except SystemExit as end:  # --help
                assert end.code == 0, f'{" ".join(command)}: {capsys.readouterr().err}'


@pytest.mark.parametrize('page', PAGES)
def test_python_on_the_pages_is_valid(page, blocks_of):
    for block in blocks_of(page):
        if block.language == 'python':
            compile(block.text, page, 'exec')
        elif block.language == 'json':
            json.loads(block.text)


@pytest.mark.parametrize('page', ['docs/howto.md', 'docs/configs.md', 'docs/data/layouts.md'])
def test_python_on_the_page_runs(page, blocks_of, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    scope = dict(keypoint=np.zeros((1, 2, 133, 3)))
    for block in blocks_of(page):
        if block.language == 'python' and block.mark != 'config':
            exec(block.text, scope)
            printed = capsys.readouterr().out
            assert printed == block.output or not block.output


@pytest.mark.parametrize('page', PAGES)
def test_configs_on_the_page_resolve(page, blocks_of, tmp_path):
    for block in blocks_of(page):
        if block.mark == 'config':
            text = block.text
            for start, folder in (('../../', ''), ('../', 'downstream/'), ('./', '')):
                text = text.replace(f"'{start}", f"'{ROOT}/configs/{folder}")
            path = tmp_path / 'config.py'
            path.write_text(text)
            assert Config.fromfile(path).model
