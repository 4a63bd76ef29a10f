"""Score files: round trip, and errors for files that are not valid."""

import pickle

import numpy as np
import pytest

from mamp_plugin.evaluation import load_scores, save_scores


def write(path, **arrays):
    sound = dict(names=np.array(['a', 'b']), labels=np.array([0, 2]), scores=np.eye(3)[:2])
    np.savez(path, **{**sound, **arrays})
    return str(path)


def test_round_trip(tmp_path):
    path = str(tmp_path / 'new folder' / 'scores.npz')
    scores = np.random.rand(3, 4).astype(np.float32)
    save_scores(path, ['walk', 'léger', 'c'], [0, 3, 1], scores)
    read = load_scores(path)
    assert read.source == path and read.names.tolist() == ['walk', 'léger', 'c'] and read.labels.tolist() == [0, 3, 1]
    np.testing.assert_array_equal(read.scores, scores)
    assert read.scores.dtype == np.float32 and read.labels.dtype == np.int64


class TestErrors:
    def test_missing_file(self):
        with pytest.raises(ValueError, match='score file nothing.npz does not exist; write it with tools/test.py'):
            load_scores('nothing.npz')

    @pytest.mark.parametrize('content', [b'', b'PK\x03\x04 cut', b'text', pickle.dumps([dict(pred_score=[1, 2])])])
    def test_other_file_formats(self, tmp_path, content):
        (tmp_path / 'some.pkl').write_bytes(content)
        with pytest.raises(ValueError, match='some.pkl is not a score file or is damaged'):
            load_scores(str(tmp_path / 'some.pkl'))

    def test_single_array(self, tmp_path):
        np.save(tmp_path / 'one.npy', np.eye(3))
        with pytest.raises(ValueError, match='one.npy is not a score file'):
            load_scores(str(tmp_path / 'one.npy'))

    def test_missing_array(self, tmp_path):
        np.savez(tmp_path / 'part.npz', names=np.array(['a']), labels=np.array([0]))
        with pytest.raises(ValueError, match='part.npz is not a score file.*scores'):
            load_scores(str(tmp_path / 'part.npz'))

    def test_pickled_objects_are_not_executed(self, tmp_path):
        class Hostile:
            def __reduce__(self):
                return (open, (str(tmp_path / 'executed'), 'w'))

        path = write(tmp_path / 'hostile.npz', names=np.array([Hostile(), 'b'], dtype=object))
        with pytest.raises(ValueError, match='hostile.npz is not a score file'):
            load_scores(path)
        assert not (tmp_path / 'executed').exists()

    @pytest.mark.parametrize(
        'arrays, message',
        [
            (dict(labels=np.array([0])), r'one name, label and row .* names \(2,\), labels \(1,\), scores \(2, 3\)'),
            (dict(scores=np.ones(2)), r'scores \(2,\)'),
            (dict(names=np.array([1, 2])), r'needs names \(str\), .* has .*int64'),
            (dict(labels=np.array([0.0, 1.0])), r'labels \(int\) .* has .*<U1.*float64.*float64'),
            (dict(scores=np.eye(3, dtype=int)[:2]), r'scores \(float\), has .*<U1.*int64.*int64'),
            (dict(labels=np.array([0, 3])), 'has labels 0 to 3, but scores of 3 classes'),
            (dict(labels=np.array([-1, 1])), 'has labels -1 to 1'),
            (
                dict(scores=np.array([[0, 1.0], [np.nan, 0]]), labels=np.array([0, 0])),
                'or infinite for 1 sample: b;',
            ),
            (dict(names=np.array(['b', 'b'])), 'duplicate rows of 1 sample: b;'),
            (dict(names=np.array([], str), labels=np.array([], int), scores=np.ones((0, 3))), 'is empty'),
        ],
    )
    def test_invalid_content(self, tmp_path, arrays, message):
        with pytest.raises(ValueError, match=f'odd.npz .*{message}'):
            load_scores(write(tmp_path / 'odd.npz', **arrays))
