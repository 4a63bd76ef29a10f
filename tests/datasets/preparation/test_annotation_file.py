import pickle

import pytest

from mamp_plugin.datasets.preparation import write_annotations


def test_folders_are_made_and_protocol_5_is_written(tmp_path):
    path = tmp_path / 'deep' / 'data.pkl'
    write_annotations(dict(split={}), str(path))
    assert path.read_bytes()[:2] == b'\x80\x05'
    assert pickle.loads(path.read_bytes()) == dict(split={})


def test_interrupted_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / 'data.pkl'
    write_annotations(dict(split={}), str(path))
    with pytest.raises((AttributeError, pickle.PicklingError)):
        write_annotations(dict(split=lambda: None), str(path))
    assert pickle.loads(path.read_bytes()) == dict(split={})
    assert [file.name for file in tmp_path.iterdir()] == ['data.pkl']
