"""Progress bars appear on terminals only, and on stderr."""

import sys

import pytest

from mamp_plugin.progress import show_progress


@pytest.mark.parametrize('terminal', [True, False])
def test_bar(monkeypatch, capsys, terminal):
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: terminal)
    assert list(show_progress(iter('abc'), 3)) == ['a', 'b', 'c']
    written = capsys.readouterr()
    assert written.out == '' and ('3/3' in written.err) == terminal and bool(written.err) == terminal
