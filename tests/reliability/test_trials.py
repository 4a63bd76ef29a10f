"""Trials of interrupted runs, of which ``trials.py --long`` does more."""

import os
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='processes are found in /proc')


@pytest.fixture()
def trials(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import trials

    return trials


@pytest.mark.slow
@pytest.mark.parametrize('kind', ['kills', 'disks', 'signals', 'deaths'])
def test_interrupted_runs_end_with_equal_weights(trials, tmp_path, kind):
    if kind == 'disks' and os.geteuid():
        pytest.skip('only root can mount a small disk')
    outcomes = list(getattr(trials.Trials(tmp_path, long=False), kind)())
    assert len(outcomes) == 1 and outcomes[0].failure == '', outcomes[0]


def test_failures_are_counted_and_written_into_the_page(trials, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['trials.py', '--long'])
    page = tmp_path / 'page.md'
    page.write_text('before\n<!-- trials -->\nold\n<!-- /trials -->\nafter\n')
    good = trials.Outcome('kill', 'at once')
    trials.write_into(page, 'trials', trials.table([good, good._replace(failure='other weights')], 120))
    text = page.read_text()
    assert 'python trials.py --long' in text and '2 min' in text and '| kill | 1 of 2 |' in text and 'old' not in text
    with pytest.raises(ValueError, match='no <!-- fuzz --> with <!-- /fuzz --> after it'):
        trials.write_into(page, 'fuzz', '')
