"""Mutated files of every kind are read or refused; ``fuzz.py`` runs more of them."""

import os
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, 'fork') or sys.platform == 'darwin', reason='files are read in forked processes')
def test_mutated_files_are_read_or_refused(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import fuzz

    fuzzer = fuzz.Fuzzer(tmp_path)
    assert list(map(str, fuzzer.run([fuzz.Case(kind, seed) for kind in fuzzer.kinds for seed in range(4)]))) == []
    assert fuzzer.outcomes['read'] >= len(fuzzer.kinds) < fuzzer.outcomes['refused']
