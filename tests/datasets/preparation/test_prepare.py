"""Conversion, interruption, worker processes and summary, on a toy data set."""

import multiprocessing
import os
import pickle
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError, prepare
from mamp_plugin.datasets.preparation.preparation import Preparation, train_and_val
from mamp_plugin.datasets.preparation.text_table import read_table


class Toy(Preparation):
    """Toy data set of files ``a{label}_{number}.txt`` with one coordinate per frame, shared by all joints."""

    name = title = 'toy'
    layout = 'sbu'
    num_classes = 3
    chunk_size = 2
    published = dict(even_train=2, even_val=9)

    def __init__(self, raw, options=None):
        super().__init__(raw)
        self.given = options or {}
        self.read = []

    options = property(lambda self: self.given)

    def items(self):
        files = self.files.named(r'(a(\d+)_(\d+))\.txt', 'toys')
        return [(name, int(match[2]), file) for name, (match, file) in files.items()]

    def convert(self, item, converted):
        name, label, file = item
        self.read.append(name)
        values = read_table(self.files.read(file), 1, file.label)
        converted.add(name, np.ones((1, len(values), 15, 3)) * values[None, :, :, None], file.label, label)
        if len(values) == 1:
            converted.remark(name, 'one frame only')

    def splits(self, annotations):
        return train_and_val(annotations, 'even', lambda name: int(name[-1]) % 2 == 0)


class Interrupted(Toy):
    """Toy data set whose later chunks leave a half-written file, interrupt the program and never end."""

    def convert(self, item, converted):
        if item[0].startswith('a0'):
            super().convert(item, converted)
            return
        parts = next(Path(self.files.paths[0]).parent.glob('.*.parts'))
        (parts / 'half.tmp').touch()
        while not any(parts.glob('*.pkl')):
            time.sleep(0.01)
        if item[0] == 'a1_1':
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getppid(), signal.SIGINT)
        time.sleep(30)


GOOD = {'a0_0.txt': '1\n2\n', 'a1_1.txt': '3', 'a2_2.txt': '4\n5\n6', 'a0_3.txt': '7\n8', 'a1_4.txt': '0\n0\n'}


def test_content_and_summary(write_files, prepared):
    split, annotations, text = prepared(Toy([write_files(GOOD)]))
    assert split == dict(even_train=['a0_0', 'a2_2'], even_val=['a0_3', 'a1_1'])
    assert list(annotations) == ['a0_0', 'a0_3', 'a1_1', 'a2_2']
    sample = annotations['a2_2']
    assert (sample['label'], sample['total_frames']) == (2, 3)
    assert sample['keypoint'].shape == (1, 3, 15, 3) and sample['keypoint'].dtype == np.float32
    for line in (
        '4 sequences of 1 to 3 frames, persons: 1, layout sbu',
        '  even_train           2\n',
        '  even_val             2  (complete: 9)',
        '  left out             1',
        'no person in any frame: 1\n    a1_4',
        'one frame only: 1\n    a1_1',
    ):
        assert line in text


def test_number_of_workers_does_not_change_the_file(write_files, tmp_path):
    raw = [write_files(GOOD)]
    for workers in (1, 2):
        prepare(Toy(raw), str(tmp_path / f'{workers}.pkl'), workers=workers)
    assert (tmp_path / '1.pkl').read_bytes() == (tmp_path / '2.pkl').read_bytes()


class TestInterruption:
    BAD = dict(GOOD, **{'a2_2.txt': '4\nx\n6'})

    @pytest.mark.parametrize('workers', [1, 2])
    def test_finished_chunks_are_reused(self, write_files, tmp_path, workers, capsys):
        out = tmp_path / 'toy.pkl'
        with pytest.raises(RawDataError, match="raw/a2_2.txt:2: 'x' is not a finite number"):
            prepare(Toy([write_files(self.BAD)]), str(out), workers=workers)
        assert not out.exists()
        assert not list(tmp_path.rglob('*.tmp'))
        assert f'are kept in {tmp_path}/.toy.pkl.parts' in capsys.readouterr().err
        again = Toy([write_files({'a2_2.txt': '4\n5\n6'})])
        prepare(again, str(out), workers=1)
        assert 'were converted by an earlier run' in capsys.readouterr().out
        assert 'a2_2' in again.read and len(again.read) < len(GOOD)
        prepare(Toy([str(tmp_path / 'raw')]), str(tmp_path / 'fresh.pkl'), workers=1)
        assert out.read_bytes() == (tmp_path / 'fresh.pkl').read_bytes()
        assert sorted(file.name for file in tmp_path.iterdir()) == ['fresh.pkl', 'raw', 'toy.pkl']

    def test_ctrl_c_kills_the_workers_and_removes_what_they_wrote(self, write_files, tmp_path, capsys):
        out = tmp_path / 'toy.pkl'
        with pytest.raises(KeyboardInterrupt):
            prepare(Interrupted([write_files(GOOD)]), str(out), workers=2)
        assert not multiprocessing.active_children()
        assert not list(tmp_path.rglob('*.tmp'))
        assert f'are kept in {tmp_path}/.toy.pkl.parts' in capsys.readouterr().err
        prepare(Toy([str(tmp_path / 'raw')]), str(out), workers=1)
        assert 'were converted by an earlier run' in capsys.readouterr().out

    @pytest.mark.parametrize('change', ['options', 'skip_broken', 'content'])
    def test_chunks_of_other_settings_are_not_reused(self, write_files, tmp_path, change):
        out = str(tmp_path / 'toy.pkl')
        with pytest.raises(RawDataError):
            prepare(Toy([write_files(self.BAD)]), out, workers=1)
        if change == 'content':
            write_files({name: f'{text}\n9' for name, text in GOOD.items()})
        again = Toy([str(tmp_path / 'raw')], dict(speed=2) if change == 'options' else None)
        if change == 'options':
            write_files({'a2_2.txt': GOOD['a2_2.txt']})
        prepare(again, out, workers=1, skip_broken=change == 'skip_broken')
        assert len(again.read) == len(GOOD)

    def test_old_file_survives_a_failed_run(self, write_files, tmp_path):
        out = tmp_path / 'toy.pkl'
        out.write_bytes(b'old')
        with pytest.raises(RawDataError):
            prepare(Toy([write_files(self.BAD)]), str(out), workers=1)
        assert out.read_bytes() == b'old'

    def test_failure_in_the_first_chunk_leaves_no_files(self, write_files, tmp_path):
        with pytest.raises(RawDataError):
            prepare(Toy([write_files({'a0_0.txt': 'x'})]), str(tmp_path / 'toy.pkl'), workers=1)
        assert [file.name for file in tmp_path.iterdir()] == ['raw']

    def test_broken_files_can_be_skipped(self, write_files, prepared):
        _, annotations, text = prepared(Toy([write_files(self.BAD)]), skip_broken=True)
        assert list(annotations) == ['a0_0', 'a0_3', 'a1_1']
        assert 'not readable: 1\n    ' in text
        assert "a2_2.txt:2: 'x' is not a finite number" in ' '.join(text.split())


class TestErrors:
    @pytest.mark.parametrize(
        'files, message',
        [
            ({'a3_0.txt': '1'}, r'a3_0.txt: label 3 \(counted from 0\) is not one of the 3 classes'),
            ({'a0_0.txt': '1\ninf'}, "a0_0.txt:2: 'inf' is not a finite number"),
            ({'a0_0.txt': '0'}, 'no sequence is left to write'),
        ],
    )
    def test_bad_files(self, write_files, tmp_path, files, message):
        with pytest.raises(RawDataError, match=message):
            prepare(Toy([write_files(files)]), str(tmp_path / 'toy.pkl'), workers=1)

    @pytest.mark.parametrize(
        'keypoint, message',
        [
            (np.ones((1, 2, 14, 3)), r'file: expected 15 joints of 3 coordinates .* found shape \(1, 2, 14, 3\)'),
            (np.ones((2, 15, 3)), r'found shape \(2, 15, 3\)'),
            (np.full((1, 2, 15, 3), [np.nan, 0, 0]), r'file: a coordinate in frame 0 .* is nan, expected a number'),
        ],
    )
    def test_bad_keypoints(self, write_files, keypoint, message):
        with pytest.raises(RawDataError, match=message):
            Toy([write_files(GOOD)]).converted().add('x', keypoint, 'file')

    def test_duplicate_names(self, write_files, tmp_path):
        class Twice(Toy):
            def items(self):
                return super().items() * 2

        with pytest.raises(RawDataError, match='4 names belong to several sequences: a0_0, .*; names must be unique'):
            prepare(Twice([write_files(GOOD)]), str(tmp_path / 'toy.pkl'), workers=1)


def test_absent_persons_are_dropped(write_files):
    converted = Toy([write_files(GOOD)]).converted()
    keypoint = np.zeros((3, 2, 15, 3))
    keypoint[1] = 5
    converted.add('x', keypoint, 'file', label=1)
    (annotation,) = pickle.loads(pickle.dumps(converted.content()))['annotations']
    assert annotation['keypoint'].shape == (1, 2, 15, 3) and annotation['keypoint'].min() == 5
