"""Output files appear completely or not at all, and errors name them."""

import errno
import os
from pathlib import Path

import pytest
import torch

from mamp_plugin import output_files
from mamp_plugin.output_files import check_file, check_folder, make_folder_atomically, open_atomically


def disk_full(*args, **kwargs):
    raise OSError(errno.ENOSPC, 'No space left on device')


def write(path):
    with open_atomically(path) as file:
        file.write(b'new')


def make(path):
    with make_folder_atomically(path) as folder:
        Path(folder, 'a').touch()


@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt])
def test_old_content_stays_until_the_new_one_is_complete(tmp_path, error):
    write(tmp_path / 'new/file')
    make(tmp_path / 'new/folder')
    with pytest.raises(error), open_atomically(tmp_path / 'new/file') as file:
        file.write(b'half')
        raise error
    with pytest.raises(error), make_folder_atomically(tmp_path / 'new/folder') as folder:
        os.mkdir(os.path.join(folder, 'half'))
        raise error
    assert (tmp_path / 'new/file').read_bytes() == b'new'
    assert os.listdir(tmp_path / 'new/folder') == ['a'] and sorted(os.listdir(tmp_path / 'new')) == ['file', 'folder']


def test_links_stay(tmp_path):
    (tmp_path / 'link').symlink_to(tmp_path / 'file')
    write(tmp_path / 'link')
    assert (tmp_path / 'link').is_symlink() and (tmp_path / 'file').read_bytes() == b'new'


@pytest.mark.parametrize('function', [check_file, check_folder, write, make])
def test_a_file_in_place_of_a_folder_is_named(tmp_path, function):
    (tmp_path / 'file').touch()
    with pytest.raises(OSError, match=f"'{tmp_path}/file/deep/x'"):
        function(tmp_path / 'file/deep/x')


@pytest.mark.parametrize('function', [check_file, write])
def test_only_regular_files_are_replaced(tmp_path, function, monkeypatch):
    with pytest.raises(IsADirectoryError, match=f"'{tmp_path}'"):
        function(tmp_path)
    with pytest.raises(OSError, match="Not a regular file: '/dev/null'"):
        function('/dev/null')
    (tmp_path / 'file').touch()
    monkeypatch.setattr(os, 'access', lambda path, mode: False)
    with pytest.raises(PermissionError, match="Permission denied: '.*file'"):
        function(tmp_path / 'file')


@pytest.mark.parametrize('function', [check_file, check_folder])
def test_checks_try_to_write(tmp_path, function, monkeypatch):
    function(tmp_path / 'new/x')
    assert (tmp_path / 'new').is_dir() and not any(path.is_file() for path in tmp_path.rglob('*'))
    monkeypatch.setattr(output_files.tempfile, 'TemporaryFile', disk_full)
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}/new/x'"):
        function(tmp_path / 'new/x')


def test_full_disks_are_named(tmp_path):
    message = f"No space left on device: '{tmp_path}/x'"
    with (
        pytest.raises(OSError, match=message),
        open_atomically(tmp_path / 'x'),
        open('/dev/full', 'wb', buffering=0) as full,
    ):
        torch.save(torch.ones(10000), full)
    with pytest.raises(OSError, match=message), make_folder_atomically(tmp_path / 'x'):
        disk_full()
    with pytest.raises(RuntimeError, match='mistake'), open_atomically(tmp_path / 'x'):
        raise RuntimeError('mistake')
    assert not os.listdir(tmp_path)
