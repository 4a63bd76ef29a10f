"""The checkpoint that --resume takes."""

import pytest
import torch

from mamp_plugin.engine.checkpoints.checksum import sha256_of, write_checksum
from mamp_plugin.engine.checkpoints.newest import newest_whole


@pytest.fixture()
def write(tmp_path):
    """Write a checkpoint of a run with its checksum."""

    def write(name, iteration):
        path = tmp_path / name
        torch.save(dict(state_dict={}, message_hub={}, meta=dict(epoch=1, iter=iteration)), path)
        write_checksum(sha256_of(str(path)), str(path))
        return path

    return write


def test_the_last_step_of_both_kinds(write, tmp_path):
    assert newest_whole(str(tmp_path)) == (None, []) == newest_whole(str(tmp_path / 'nowhere'))
    write('epoch_9.pth', 90)
    ten = write('epoch_10.pth', 100)
    write('iter_95.pth', 95)
    (tmp_path / 'best_acc_epoch_30.pth').write_bytes(b'not looked at')
    (tmp_path / 'last_checkpoint').write_text('')
    assert newest_whole(str(tmp_path)) == (str(ten), [])
    later = write('iter_101.pth', 101)
    assert newest_whole(str(tmp_path)).path == str(later)


@pytest.mark.parametrize(
    'fault', ['truncated', 'flipped', 'empty', 'weights alone', 'text', 'flipped without checksum']
)
def test_broken_files_are_passed_over(write, tmp_path, fault):
    older, newest = write('epoch_1.pth', 10), write('epoch_2.pth', 20)
    content = bytearray(newest.read_bytes())
    if fault == 'weights alone':
        torch.save(dict(state_dict={}), newest)
        write_checksum(sha256_of(str(newest)), str(newest))
    else:
        content[len(content) // 2] ^= 1
        changed = dict(truncated=content[: len(content) // 2], empty=b'', text=b'text')
        newest.write_bytes(changed.get(fault, content))
    if fault == 'flipped without checksum':
        (tmp_path / 'epoch_2.pth.sha256').unlink()
        newest.write_bytes(content[: len(content) // 3])
    path, (reason,) = newest_whole(str(tmp_path))
    assert path == str(older) and 'epoch_2.pth' in reason and '\n' not in reason
    older.write_bytes(b'')
    path, reasons = newest_whole(str(tmp_path))
    assert path is None and len(reasons) == 2
