import io

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations
from mamp_plugin.datasets.preparation import Custom, RawDataError

JUMP = np.arange(4 * 15 * 3.0).reshape(4, 15, 3) + 1
HUG = np.arange(2 * 4 * 15 * 3.0).reshape(2, 4, 15, 3) + 1


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def rows(array):
    return '\n'.join(','.join(map(str, row)) for row in array)


@pytest.fixture()
def custom(write_files, tmp_path):
    def make(files, table, where='moves', layout='sbu', **options):
        write_files({'labels.csv': table}, 'tables')
        return Custom([write_files(files, where)], str(tmp_path / 'tables' / 'labels.csv'), layout, **options)

    return make


@pytest.mark.parametrize('where', ['moves', 'moves.zip'])
def test_arrays_and_tables(custom, prepared, where):
    files = {
        'jump1.npy': npy(JUMP),
        'deep/hug1.npy': npy(HUG),
        'jump2.csv': rows(JUMP.reshape(4, -1)),
        'hug2.csv': rows(HUG.transpose(1, 0, 2, 3).reshape(4, -1)) + '\n',
    }
    lines = ['name,label,split', 'jump1,jump,train', 'hug1.npy, hug ,train', '', 'jump2.csv,jump,val', 'hug2,hug,val']
    table = '\ufeff' + '\r\n'.join(lines)
    split, annotations, text = prepared(custom(files, table, where))
    assert split == dict(train=['hug1', 'jump1'], val=['hug2', 'jump2'])
    for number in '12':
        jump, hug = annotations[f'jump{number}'], annotations[f'hug{number}']
        np.testing.assert_array_equal(jump['keypoint'], JUMP[None])
        np.testing.assert_array_equal(hug['keypoint'], HUG)
        assert jump['keypoint'].dtype == np.float32
        assert (hug['label'], jump['label'], jump['total_frames']) == (0, 1, 4)
    assert 'labels in alphabetical order: 0 = hug, 1 = jump' in text


def test_numeric_labels_without_splits(custom, prepared):
    files = {'a.npy': npy(JUMP), 'b.npy': npy(JUMP), 'c.npy': npy(JUMP)}
    split, annotations, text = prepared(custom(files, 'name,label\na,10\nb,2\nd,3\n'))
    assert split == {} and [sample['label'] for sample in annotations.values()] == [10, 2]
    assert 'labels.csv, not read: 1 (c)' in text and 'labels.csv, but without a file: 1 (d)' in text
    assert 'labels:' not in text


def test_a_sequence_without_split(custom, prepared):
    files = {'a.npy': npy(JUMP), 'b.npy': npy(JUMP)}
    split, annotations, _ = prepared(custom(files, 'name,label,split\na,0,train\nb,0,\n'))
    assert split == dict(train=['a']) and len(annotations) == 2


def test_the_table_may_be_among_the_files(write_files, prepared):
    raw = write_files({'a.npy': npy(JUMP), 'labels.csv': 'name,label\na,0'})
    _, annotations, text = prepared(Custom([raw], f'{raw}/labels.csv', 'sbu'))
    assert list(annotations) == ['a'] and 'not read' not in text


def test_a_later_table_is_numbered_by_the_classes_of_an_earlier_file(custom, prepared, tmp_path):
    files = {'a.npy': npy(JUMP), 'b.npy': npy(JUMP), 'c.npy': npy(JUMP)}
    prepared(custom(files, 'name,label\na,jump\nb,punch\nc,wave\n'))
    first = str(tmp_path / 'out' / 'data.pkl')
    assert load_annotations(first)['classes'] == ['jump', 'punch', 'wave']
    later = custom(files, 'name,label\na,wave\nb,punch\n', classes=first)
    _, annotations, text = prepared(later)
    assert [annotations[name]['label'] for name in 'ab'] == [2, 1]
    assert 'classes without a sequence: 1 (jump)' in text
    assert load_annotations(first)['classes'] == ['jump', 'punch', 'wave']


def test_several_recordings_of_a_file_and_the_layout_of_the_data(custom, prepared, tmp_path):
    archive = io.BytesIO()
    np.savez(archive, x=HUG, y=JUMP + 1, z=JUMP)
    files = {'many.npz': archive.getvalue(), 'one.npy': npy(JUMP)}
    table = 'name,label,split\nmany,hug,train\nmany/y,jump,val\none.npy,jump,val\n'
    split, annotations, _ = prepared(custom(files, table, layout=None))
    assert split == dict(train=['many/x', 'many/z'], val=['many/y', 'one'])
    assert {name: each['label'] for name, each in annotations.items()} == dict(
        one=1, **{'many/x': 0, 'many/y': 1, 'many/z': 0}
    )


def test_recordings_that_the_table_lacks_are_left_out_with_the_reason(custom, prepared):
    archive = io.BytesIO()
    np.savez(archive, x=HUG, y=JUMP)
    _, annotations, text = prepared(custom({'many.npz': archive.getvalue()}, 'name,label\nmany/y,jump\n'))
    assert list(annotations) == ['many/y'] and 'labels.csv: 1\n    many/x' in text


def test_confidences(custom, prepared):
    """Of a layout of 2 coordinates, the third value is the confidence."""
    values = np.random.rand(4, 17, 3).astype(np.float32) + 0.1
    values[1, 2, 2] = 0.05
    files, table = {'a.npy': npy(values)}, 'name,label\na,0\n'
    _, kept, _ = prepared(custom(files, table, layout='coco'))
    np.testing.assert_array_equal(kept['a']['keypoint'], values[None, ..., :2])
    np.testing.assert_array_equal(kept['a']['keypoint_score'], values[None, ..., 2])
    _, dropped, _ = prepared(custom(files, table, layout='coco', scores='drop', min_confidence=0.1))
    assert 'keypoint_score' not in dropped['a'] and not dropped['a']['keypoint'][0, 1, 2].any()
    values[3, 5, 2] = -1
    with pytest.raises(RawDataError, match='a.npy: a confidence in frame 3 .* is negative'):
        prepared(custom({'a.npy': npy(values)}, table, layout='coco'))


def test_a_number_of_joints_that_fits_several_layouts_is_not_guessed(custom):
    table = 'name,label\na,0\n'
    with pytest.raises(RawDataError, match='a.npy: found 25 joints, they may be nturgb.d, body_25; name the layout'):
        custom({'a.npy': npy(np.ones((4, 25, 3)))}, table, layout=None)
    with pytest.raises(RawDataError, match='a.npy: found 7 joints, no known layout has as many; name the layout'):
        custom({'a.npy': npy(np.ones((4, 7, 3)))}, table, layout=None)


def test_no_recordings_and_twice_the_same_name(custom):
    with pytest.raises(RawDataError, match=r'no recordings in .*; known are \.npy'):
        custom({'a.txt': 'a'}, 'name,label\na,0\n')
    with pytest.raises(RawDataError, match='a exists twice: .*a.npy and .*a.npy'):
        custom({'x/a.npy': npy(JUMP), 'y/a.npy': npy(JUMP)}, 'name,label\na,0\n')


@pytest.mark.parametrize(
    'name, content, message',
    [
        ('a.npy', npy(JUMP)[:100], 'a.npy is not a readable .npy file'),
        ('a.npy', npy(np.array([None])), 'a.npy is not a readable .npy file: it holds Python objects'),
        ('a.npy', npy(np.array('x')), 'a.npy: expected an array of numbers'),
        ('a.npy', npy(np.ones((4, 24, 3))), 'a.npy: found 24 joints, but layout sbu has 15'),
        ('a.npy', npy(np.ones((4, 45))), r'a.npy: expected shape \(frames, joints, coordinates\) .*, found \(4, 45\)'),
        ('a.npy', npy(np.full((4, 15, 3), np.nan)), 'a.npy: a coordinate in frame 0'),
        ('a.npy', '', 'a.npy is empty'),
        ('a.csv', rows(np.ones((4, 72))), r'a.csv: expected 15 joints x 3 values per line, or a multiple .* found 72'),
        ('a.csv', rows(np.ones((4, 45))) + ',1', 'a.csv:4: expected 45 values, found 46'),
        ('a.csv', rows(np.ones((4, 45))).replace('1.0', 'one', 1), "a.csv:1: 'one' is not a finite number"),
        ('a.csv', '\n\n', 'a.csv: expected 15 joints x 3 values per line'),
    ],
)
def test_bad_files(custom, prepared, name, content, message):
    with pytest.raises(RawDataError, match=message):
        prepared(custom({name: content}, 'name,label\na,0\n'))


@pytest.mark.parametrize(
    'table, message',
    [
        ('', 'labels.csv:1: expected the heading name,label'),
        ('a,0\n', 'labels.csv:1: expected the heading name,label'),
        ('name,label\n', 'labels.csv:1: expected the heading name,label or name,label,split and lines'),
        ('name,label\na,0\n\nb\n', 'labels.csv:4: expected name,label, found b'),
        ('name,label\na,\n', 'labels.csv:2: expected name,label, found a,'),
        ('name,label\na,0\na.npy,1\n', 'labels.csv:3: a is listed twice'),
        (b'name,label\n\xff,1\n', 'labels.csv is not a readable csv file'),
    ],
)
def test_bad_tables(custom, table, message):
    with pytest.raises(RawDataError, match=message):
        custom({'a.npy': npy(JUMP)}, table)
