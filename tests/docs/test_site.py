"""The site is built of the pages and docstrings, without a warning."""

from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / 'docs'


def build(out, *options):
    main = pytest.importorskip('sphinx.cmd.build').main
    return main(['-W', '--keep-going', '-q', *options, str(DOCS), str(out)])


def test_pages(tmp_path, capsys):
    assert build(tmp_path, '-b', 'dummy', '-D', 'with_reference=0') == 0, capsys.readouterr().err


@pytest.mark.slow
def test_site(tmp_path, capsys):
    assert build(tmp_path, '-b', 'html') == 0, capsys.readouterr().err
    models = (tmp_path / 'reference/models.html').read_text(encoding='utf-8')
    assert 'id="mamp_plugin.models.pretrainers.mamp.MAMP"' in models
    assert 'usage: train.py' in (tmp_path / 'reference/tools.html').read_text(encoding='utf-8')
