"""Safe loading of annotation pickles."""

import json
import os
import pickle
import runpy
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name('hostile_pickles.py')
PICKLES = runpy.run_path(str(SCRIPT))
NUM_MUTATIONS = 1000


def equal(left, right):
    assert type(left) is type(right)
    if isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            equal(left[key], right[key])
    elif isinstance(left, (list, tuple)):
        assert len(left) == len(right)
        for pair in zip(left, right):
            equal(*pair)
    elif isinstance(left, np.ndarray):
        assert left.dtype == right.dtype and left.flags.f_contiguous == right.flags.f_contiguous
        np.testing.assert_array_equal(left, right)
    else:
        assert left == right


class TestPlainFiles:
    @pytest.mark.parametrize('protocol', range(6))
    def test_equal_the_standard_library(self, tmp_path, protocol):
        content = PICKLES['good_content']()
        content['scalars'] = [np.float16(2), np.str_('é'), np.bool_(True), np.complex64(1j), b'\xff']
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content, protocol))
        equal(load_annotations(tmp_path / 'x.pkl'), pickle.loads(pickle.dumps(content, protocol)))

    @pytest.mark.parametrize('protocol', range(6))
    @pytest.mark.parametrize('package', ['numpy.core', 'numpy._core'])
    def test_of_older_and_newer_numpy(self, tmp_path, protocol, package):
        content = [np.arange(3.0), np.arange(4.0)[::2], np.float32(2)]
        written = b''.join(PICKLES['operations'](pickle.dumps(content, protocol)))
        for module in ('multiarray', 'numeric'):
            old, new = (f'{name}.{module}'.encode() for name in (PICKLES['CORE'], package))
            if protocol > 3:  # these prefix the length
                old, new = (bytes([len(name)]) + name for name in (old, new))
            written = written.replace(old, new)
        (tmp_path / 'x.pkl').write_bytes(written)
        equal(load_annotations(tmp_path / 'x.pkl'), pickle.loads(pickle.dumps(content, protocol)))

    def test_with_buffers_out_of_band(self, tmp_path):
        content, buffers = [np.arange(6.0).reshape(2, 3), np.asfortranarray(np.eye(2))], []
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content, 5, buffer_callback=buffers.append))
        equal(load_annotations(tmp_path / 'x.pkl', buffers), content)
        with pytest.raises(pickle.UnpicklingError, match='not enough out-of-band buffers'):
            load_annotations(tmp_path / 'x.pkl')

    def test_arrays_can_be_written_to(self, tmp_path):
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(np.zeros(300), 5))
        load_annotations(tmp_path / 'x.pkl')[:] = 1

    def test_ordered_dicts_stay_ordered(self, tmp_path):
        content = OrderedDict([(2, None), (1, True)])
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content))
        equal(load_annotations(tmp_path / 'x.pkl'), content)


def test_folder_instead_of_a_file(tmp_path):
    with pytest.raises(IsADirectoryError, match='is a folder, expected a pickle; stores are read by SkeletonDataset'):
        load_annotations(tmp_path)


@pytest.fixture(scope='module')
def outcomes(tmp_path_factory):
    """Outcome of every file, loaded in a subprocess that ends if code from a file runs."""
    # imported by its parent folder, the package of annotations does without the slow imports of the plugin
    env = {**os.environ, 'PYTHONPATH': str(ROOT / 'mamp_plugin' / 'datasets')}
    folder = tmp_path_factory.mktemp('hostile')
    command = [sys.executable, SCRIPT, str(NUM_MUTATIONS)]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f'the process ended with {done.returncode} after: {done.stderr[-3000:]}'
    return json.loads(done.stdout)


@pytest.mark.parametrize('name', [name for name, _ in PICKLES['hostile_files']()])
def test_hostile_files_are_refused(outcomes, name):
    assert name.partition(' -')[0] in outcomes[name]


@pytest.mark.parametrize('name', [name for name, _ in PICKLES['harmless_files']()])
def test_odd_files_are_loaded(outcomes, name):
    assert outcomes[name] == 'loaded'


def test_mutated_files_are_loaded_or_refused(outcomes):
    faulty = [outcomes[str(number)] for number in range(NUM_MUTATIONS)]
    assert all(outcome == 'loaded' or outcome.startswith('annotation file x.pkl is ') for outcome in faulty)
    assert faulty.count('loaded') > NUM_MUTATIONS / 20
    for found in ('sets the state', 'an array of shape', 'an unusual state', 'as a key', 'asks for', 'damaged'):
        assert sum(found in outcome for outcome in faulty) > 5, found


def test_text_of_no_characters(tmp_path):
    array = np.frombuffer(b'\xff' * 4, '<U1')
    (tmp_path / 'x.pkl').write_bytes(pickle.dumps([array], 2))
    with pytest.raises(pickle.UnpicklingError, match='x.pkl is refused: it holds characters that do not exist'):
        load_annotations(tmp_path / 'x.pkl')


@pytest.mark.parametrize('keys', [[2**61 - 1, 2**64], [np.complex128(1j)]])
def test_keys_that_could_have_equal_hashes(tmp_path, keys):
    (tmp_path / 'x.pkl').write_bytes(pickle.dumps(dict.fromkeys(keys)))
    with pytest.raises(pickle.UnpicklingError, match='x.pkl is refused: it uses a.* as a key'):
        load_annotations(tmp_path / 'x.pkl')
