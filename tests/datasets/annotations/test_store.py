"""Stores: round trip, atomic writing, and errors about damaged stores."""

import json
import os
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets.annotations import store as skeleton_store
from mamp_plugin.datasets.annotations.store import SkeletonStore, StoreError, write_store


def annotation(name, persons=1, frames=4, **more):
    keypoint = np.random.randn(persons, frames, 25, 3).astype(np.float32)
    return dict(frame_dir=name, label=3, total_frames=frames, keypoint=keypoint, **more)


def content_of(*annotations, **splits):
    return dict(split=splits, annotations=list(annotations))


def assert_same(left, right):
    assert left.keys() == right.keys()
    for key, value in left.items():
        assert type(value) is type(right[key]), key
        if isinstance(value, np.ndarray):
            assert (value.dtype, value.shape) == (right[key].dtype, right[key].shape), key
            np.testing.assert_array_equal(value, right[key])
        else:
            assert value == right[key], key


@pytest.fixture()
def stored(tmp_path):
    """Writes annotations and opens what was written."""

    def write(*annotations, half=False, **splits):
        write_store(content_of(*annotations, **splits), tmp_path / 'x.store', half=half)
        return SkeletonStore(tmp_path / 'x.store')

    return write


class TestRoundTrip:
    def test_of_any_number_of_persons_and_frames(self, stored):
        annotations = [annotation('a', 1, 4), annotation('b', 2, 7), annotation('c', 1, 1), annotation('d', 2, 0)]
        store = stored(*annotations)
        assert len(store) == 4
        for row, expected in enumerate(annotations):
            assert_same(store.annotation(row), expected)
        values = sum(expected['keypoint'].size for expected in annotations)
        assert os.path.getsize(Path(store.path, 'keypoint.npy')) == 128 + 4 * values, 'nothing is padded'

    def test_with_further_keys(self, stored):
        score = np.random.rand(1, 4, 25).astype(np.float16)
        annotations = [
            annotation('a', keypoint_score=score, img_shape=(1080, 1920), valid={0.5: 3, 0.9: 1}),
            annotation('b', img_shape=(1080, 1920), segments=np.zeros((0, 3), np.int64), fps=None),
            annotation('c', img_shape=(1080, 1920), segments=np.array([[1, 0, 4]]), boxes=[[1, 2], (3.5,)]),
        ]
        store = stored(*annotations)
        for row, expected in enumerate(annotations):
            assert_same(store.annotation(row), expected)
        assert 'segments' not in store.annotation(0) and 'segments' not in store.values(2)

    def test_with_arrays_of_any_order(self, stored):
        fortran = dict(annotation('a'), keypoint=np.asfortranarray(np.random.rand(1, 4, 25, 3)))
        strided = dict(annotation('b'), keypoint=np.random.rand(2, 8, 25, 3)[::-1, ::2])
        store = stored(fortran, strided)
        assert_same(store.annotation(0), fortran)
        assert_same(store.annotation(1), strided)

    def test_swapped_bytes_become_native(self, stored):
        swapped = dict(annotation('a'), keypoint=annotation('a')['keypoint'].astype('>f4'))
        keypoint = stored(swapped).annotation(0)['keypoint']
        assert keypoint.dtype.isnative
        np.testing.assert_array_equal(keypoint, swapped['keypoint'])

    def test_half_precision(self, stored):
        expected = annotation('a', keypoint_score=np.random.rand(1, 4, 25), box_score=np.random.rand(4))
        found = stored(expected, half=True).annotation(0)
        for key in ('keypoint', 'keypoint_score'):
            np.testing.assert_array_equal(found[key], expected[key].astype(np.float16))
            assert found[key].dtype == np.float16
        assert found['box_score'].dtype == np.float64

    def test_a_list_without_splits_or_names(self, tmp_path):
        nameless = dict(keypoint=np.zeros((1, 2, 17, 2)), label=0)
        write_store([nameless], tmp_path / 'x.store')
        assert_same(SkeletonStore(tmp_path / 'x.store').annotation(0), nameless)

    def test_further_entries(self, tmp_path):
        write_store(dict(content_of(annotation('a')), classes=('sit', 'stand')), tmp_path / 'x.store')
        assert SkeletonStore(tmp_path / 'x.store').more == dict(classes=('sit', 'stand'))

    def test_copies_are_writable_and_views_are_not(self, stored):
        store = stored(annotation('a', boxes=[1]))
        first = store.annotation(0)
        before = first['keypoint'].copy()
        first['keypoint'][:] = 0
        first['boxes'].append(2)
        view = store.annotation(0, copy=False)['keypoint']
        assert not view.flags.writeable and np.shares_memory(view, store.arrays(0, copy=False)['keypoint'])
        np.testing.assert_array_equal(view, before)
        np.testing.assert_array_equal(store.annotation(0)['keypoint'], before)
        assert store.annotation(0)['boxes'] == [1]


def test_writing_needs_little_memory(tmp_path):
    shared = np.zeros((2, 200, 25, 3), np.float32)
    annotations = [dict(frame_dir=str(number), keypoint=shared) for number in range(200)]
    tracemalloc.start()
    try:
        write_store(annotations, tmp_path / 'x.store')
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert os.path.getsize(tmp_path / 'x.store/keypoint.npy') > 200 * shared.nbytes
    assert peak < 10 * shared.nbytes


class TestSplits:
    def test_rows_are_ascending_and_those_of_all_namesakes(self, stored):
        store = stored(*map(annotation, 'abca'), train=['c', 'a', 'nowhere', 'c'], val=('b',), none=[])
        assert store.rows('train').tolist() == [0, 2, 3] and store.rows('val').tolist() == [1]
        assert store.rows().tolist() == [0, 1, 2, 3]
        assert store.absent == dict(train=['nowhere'], val=[], none=[])

    def test_unknown_empty_and_no_splits(self, stored):
        store = stored(annotation('a'), train=['a'], none=[])
        with pytest.raises(ValueError, match="split 'val' is not in .*x.store; it has train, none"):
            store.rows('val')
        with pytest.raises(ValueError, match="split 'none' of annotation file .*x.store is empty"):
            store.rows('none')
        with pytest.raises(ValueError, match='x.store has no splits'):
            stored(annotation('a')).rows('train')


def test_store_is_pickled_as_its_absolute_path(stored, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    expected = annotation('a', frames=2000)
    stored(expected)
    pickled = pickle.dumps(SkeletonStore('x.store'))
    assert len(pickled) < 500
    monkeypatch.chdir('/')
    assert_same(pickle.loads(pickled).annotation(0), expected)


class TestRejectedContent:
    def rejected(self, tmp_path, match, *annotations, half=False, error=ValueError, **more):
        with pytest.raises(error, match=match):
            write_store(dict(content_of(*annotations), **more), tmp_path / 'x.store', half=half)
        assert os.listdir(tmp_path) == [], 'nothing is left behind'

    def test_no_annotations(self, tmp_path):
        self.rejected(tmp_path, 'there are no annotations to store in .*x.store')

    def test_values_that_cannot_be_stored(self, tmp_path):
        self.rejected(
            tmp_path, "'raw' of sample 'b' cannot be stored: a bytes", annotation('a', raw=1), annotation('b', raw=b'')
        )
        self.rejected(tmp_path, "'x' cannot be stored: .* of <U1", annotation('a', x=np.array(['a'])))
        self.rejected(tmp_path, "'a/b' cannot be stored", annotation('a', **{'a/b': np.zeros(1)}))
        self.rejected(tmp_path, 'key 3 of an annotation cannot be stored', {**annotation('a'), 3: 4})
        self.rejected(tmp_path, "entry 'info' .* cannot be stored: a ndarray", annotation('a'), info=np.zeros(3))

    def test_arrays_of_several_kinds(self, tmp_path):
        other = dict(annotation('b'), keypoint=np.zeros((1, 4, 25, 3)))
        self.rejected(tmp_path, "'keypoint' of sample 'b' is .*float64, but that of sample 'a'", annotation('a'), other)
        mixed = annotation('a', x=np.zeros(1)), annotation('b', x=[0.0])
        self.rejected(tmp_path, "'x' of sample 'b' is a list, but that of sample 'a' is a 1-dimensional array", *mixed)

    def test_no_keypoint(self, tmp_path):
        self.rejected(tmp_path, "sample 'a' of content: keypoint must be", dict(frame_dir='a'))

    def test_values_too_large_for_half(self, tmp_path):
        large = dict(annotation('a'), keypoint=np.full((1, 2, 17, 2), 70000.0))
        self.rejected(tmp_path, "sample 'a' has values of up to 70000, too large for half=True", large, half=True)

    def test_names_that_are_no_strings(self, tmp_path):
        self.rejected(tmp_path, 'annotation 0 of content has a int for frame_dir', annotation(7))
        self.rejected(tmp_path, "split 't' .* has a list for a name", annotation('a'), split=dict(t=[['a']]))
        self.rejected(tmp_path, "split 't' .* found a str", annotation('a'), split=dict(t='a'))


class TestAtomicWriting:
    def test_an_older_store_is_replaced(self, stored):
        old = stored(annotation('a', keypoint_score=np.zeros((1, 4, 25), np.float32)))
        expected = annotation('b', frames=9)
        assert_same(stored(expected).annotation(0), expected)
        assert old.annotation(0)['frame_dir'] == 'a', 'an open store stays readable'
        assert os.listdir(os.path.dirname(old.path)) == ['x.store']

    def test_an_interrupted_run_leaves_the_older_store(self, stored, monkeypatch, tmp_path):
        expected = annotation('a')
        stored(expected)

        def interrupted(*args):
            raise KeyboardInterrupt

        monkeypatch.setattr(skeleton_store, '_column', interrupted)
        with pytest.raises(KeyboardInterrupt):
            stored(annotation('b'))
        assert os.listdir(tmp_path) == ['x.store']
        assert_same(SkeletonStore(tmp_path / 'x.store').annotation(0), expected)

    def test_other_files_and_folders_are_not_replaced(self, tmp_path):
        (tmp_path / 'folder').mkdir()
        (tmp_path / 'folder/thesis.tex').touch()
        (tmp_path / 'file').touch()
        for name in ('folder', 'file'):
            with pytest.raises(FileExistsError, match=f'{name} exists and is no store, so it is not replaced'):
                write_store([annotation('a')], tmp_path / name)
        assert (tmp_path / 'folder/thesis.tex').exists()

    def test_parent_folders_are_created(self, tmp_path):
        write_store([annotation('a')], tmp_path / 'data/skeleton/x.store')
        assert len(SkeletonStore(tmp_path / 'data/skeleton/x.store')) == 1


class TestDamage:
    @pytest.fixture()
    def folder(self, stored):
        return Path(stored(annotation('a'), annotation('b')).path)

    def test_no_store(self, tmp_path):
        (tmp_path / 'x.pkl').touch()
        with pytest.raises(StoreError, match='nowhere is no store: it has no store.json; see ann_file'):
            SkeletonStore('nowhere')
        with pytest.raises(StoreError, match='x.pkl is a file, expected the folder of a store; make a store'):
            SkeletonStore(tmp_path / 'x.pkl')

    @pytest.mark.parametrize('name', ['keypoint.npy', 'keypoint.shape.npy', 'keypoint.crc32.npy'])
    def test_a_file_cut_off(self, folder, name):
        (folder / name).write_bytes((folder / name).read_bytes()[:-4])
        with pytest.raises(StoreError, match=rf'x.store is damaged \(.*{name} has \d+ bytes instead of \d+\); make it'):
            SkeletonStore(folder)

    def test_flipped_bits(self, folder):
        content = bytearray((folder / 'keypoint.npy').read_bytes())
        content[-3] ^= 16
        (folder / 'keypoint.npy').write_bytes(content)
        store = SkeletonStore(folder)
        assert store.annotation(0)['frame_dir'] == 'a'
        with pytest.raises(StoreError, match='keypoint.npy is damaged: its values of row 1 have changed; make the'):
            store.annotation(1)

    def test_a_file_that_shrinks_while_it_is_read(self, folder):
        """Without the check, reading beyond the end kills the process."""
        store = SkeletonStore(folder)
        os.truncate(folder / 'keypoint.npy', 200)
        with pytest.raises(StoreError, match='keypoint.npy has shrunk while it was read; make the store again'):
            store.annotation(0)

    def test_a_store_of_an_earlier_version_has_no_checksums(self, folder):
        index = json.loads((folder / 'store.json').read_text())
        for array in index['arrays'].values():
            del array['checksums']
        (folder / 'store.json').write_text(json.dumps(index))
        (folder / 'keypoint.crc32.npy').write_bytes(b'')
        (folder / 'store.json').write_text(
            json.dumps(dict(index, files={'keypoint.npy': index['files']['keypoint.npy']}))
        )
        assert SkeletonStore(folder).annotation(1)['frame_dir'] == 'b'

    def test_a_file_missing(self, folder):
        (folder / 'keypoint.npy').unlink()
        with pytest.raises(StoreError, match='x.store is damaged .*keypoint.npy'):
            SkeletonStore(folder)

    @pytest.mark.parametrize('index', ['', '{"format":', '[' * 100_000])
    def test_an_index_cut_off(self, folder, index):
        (folder / 'store.json').write_text(index)
        with pytest.raises(StoreError, match='store.json of store .*x.store is damaged'):
            SkeletonStore(folder)

    @pytest.mark.parametrize('index', ['[]', '{}', '{"format": "another"}'])
    def test_another_index(self, folder, index):
        (folder / 'store.json').write_text(index)
        with pytest.raises(StoreError, match='is no store: its store.json is of another program'):
            SkeletonStore(folder)

    def change(self, folder, **changes):
        index = json.loads((folder / 'store.json').read_text())
        index.update(changes)
        (folder / 'store.json').write_text(json.dumps(index))

    def test_another_version(self, folder):
        self.change(folder, version=2)
        with pytest.raises(StoreError, match='is of version 2, but this mamp_plugin reads version 1; make it again'):
            SkeletonStore(folder)

    @pytest.mark.parametrize(
        'changes',
        [
            dict(sequences=3),
            dict(files=None),
            dict(arrays={'../keypoint': {}}),
            dict(arrays={'keypoint': {'rows': [0]}}),
            dict(columns={'label': {'values': [1]}}),
            dict(columns={'label': {}}),
            dict(splits=7),
        ],
    )
    def test_an_index_that_does_not_match(self, folder, changes):
        self.change(folder, **changes)
        with pytest.raises(StoreError, match='x.store is damaged'):
            SkeletonStore(folder)

    def test_pickled_objects_are_not_read(self, folder):
        np.save(folder / 'keypoint.npy', np.array([None, 1]), allow_pickle=True)
        self.change(folder, files={})
        with pytest.raises(StoreError, match='x.store is damaged .*objects'):
            SkeletonStore(folder)


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        (dict(sequences=10**12), 'do not match'),
        (dict(splits=dict(train=[7])), 'it refers to other rows than 0 to 1'),
        (dict(splits=dict(train=[-1])), 'it refers to other rows than 0 to 1'),
        (dict(more=dict(a=dict(dict=[[2**64, 1]]))), 'more than 64 bits'),
        (dict(columns=dict(label=dict(rows=[2**61 - 1], values=[1]))), 'it refers to other rows'),
        (dict(arrays=dict(keypoint=dict(rows=[0, 10**9]))), 'it refers to other rows'),
    ],
)
def test_an_index_that_claims_too_much(tmp_path, change, reason):
    write_store(content_of(annotation('a'), annotation('b')), tmp_path / 'x.store')
    index = json.loads((tmp_path / 'x.store/store.json').read_text())
    (tmp_path / 'x.store/store.json').write_text(json.dumps({**index, **change}))
    with pytest.raises(StoreError, match=f'x.store is damaged .*{reason}'):
        SkeletonStore(tmp_path / 'x.store')


@pytest.mark.parametrize('shapes', [[[2**32, 2**32, 1, 1]], [[-1, -4, 25, 3]], [[1.0, 4, 25, 3]], [4, 1, 25, 3]])
def test_shapes_beyond_the_values(tmp_path, shapes):
    write_store(content_of(annotation('a')), tmp_path / 'x.store')
    np.save(tmp_path / 'x.store/keypoint.shape.npy', np.array(shapes))
    index = json.loads((tmp_path / 'x.store/store.json').read_text())
    index['files']['keypoint.shape.npy'] = os.path.getsize(tmp_path / 'x.store/keypoint.shape.npy')
    (tmp_path / 'x.store/store.json').write_text(json.dumps(index))
    with pytest.raises(StoreError, match='x.store is damaged'):
        SkeletonStore(tmp_path / 'x.store').annotation(0)
