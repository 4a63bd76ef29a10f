"""Atomic writing of annotation files."""

import pickle

import pytest

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations
from mamp_plugin.datasets.annotations.writing import write_annotations


def test_creates_folders_and_uses_protocol_5(tmp_path):
    path = tmp_path / 'deep' / 'data.pkl'
    write_annotations(dict(split={}), str(path))
    assert path.read_bytes()[:2] == b'\x80\x05'
    assert load_annotations(path) == dict(split={})


def test_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / 'data.pkl'
    write_annotations(dict(split={}), str(path))
    with pytest.raises((AttributeError, pickle.PicklingError)):
        write_annotations(dict(split=lambda: None), str(path))
    assert load_annotations(path) == dict(split={})
    assert [file.name for file in tmp_path.iterdir()] == ['data.pkl']
