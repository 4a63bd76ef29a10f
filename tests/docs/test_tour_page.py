"""The tour: files and commands of the page, in an empty folder, and what the page says they print."""

import runpy
import shlex
import sys

from mamp_plugin import __main__


def test_tour(blocks_of, tmp_path, monkeypatch, capsys, readable_configs):
    monkeypatch.chdir(tmp_path)

    def run(path, *arguments):
        monkeypatch.setattr(sys, 'argv', [str(path), *arguments])
        runpy.run_path(str(path), run_name='__main__')

    for block in blocks_of('docs/tour.md'):
        first, _, _ = block.text.partition('\n')
        capsys.readouterr()
        if block.mark:
            continue
        if block.language == 'python' and first.startswith('# '):
            (tmp_path / first[2:]).write_text(block.text)
        elif block.language == 'python':
            exec(block.text, {})
        elif block.language == 'bash':
            _, *words = shlex.split(block.text)
            path, arguments = (
                (__main__.find_tools()[words[2]], words[3:]) if words[0] == '-m' else (words[0], words[1:])
            )
            run(path, *arguments)
        printed = capsys.readouterr().out
        # accuracies may differ between machines
        assert all(
            line in printed for line in block.output.splitlines() if 'epoch_20' not in line and 'random' not in line
        )
    assert (tmp_path / 'browse/0_00.png').is_file() and (tmp_path / 'features.npz').is_file()
