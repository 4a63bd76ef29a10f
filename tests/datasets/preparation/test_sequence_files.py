"""Sequences of any file: plain arrays, annotation files, stores and the raw files of data sets."""

import json

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.store import write_store
from mamp_plugin.datasets.annotations.writing import write_annotations
from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.sequence_files import open_sequences
from mamp_plugin.progress import no_progress


@pytest.fixture()
def keypoints():
    return np.random.rand(3, 1, 4, 15, 3).astype(np.float32)


def read(path, layout='sbu'):
    files = open_sequences(str(path), layout)
    return {each['frame_dir']: each for item in files.items for each in files.read(item)}


def test_plain_files_of_a_folder(tmp_path, keypoints):
    (tmp_path / 'a/b').mkdir(parents=True)
    (tmp_path / 'a/notes.txt').write_text('not a sequence')
    np.save(tmp_path / 'a/one.npy', keypoints[0, 0])
    np.savez_compressed(tmp_path / 'a/b/two.npz', x=keypoints[1], y=keypoints[2], label=np.int64(3), name='a')
    np.savez(tmp_path / 'a/three.npz', keypoint=keypoints[0])
    np.savetxt(tmp_path / 'a/four.csv', keypoints[1].reshape(4, -1), delimiter=',')
    write_annotations([dict(frame_dir='c', keypoint=keypoints[2])], str(tmp_path / 'a/five.pkl'))
    found = read(tmp_path / 'a')
    assert sorted(found) == ['b/two/x', 'b/two/y', 'c', 'four', 'one', 'three']
    for name, expected in (('one', 0), ('b/two/x', 1), ('b/two/y', 2), ('c', 2), ('three', 0), ('four', 1)):
        keypoint = found[name]['keypoint']
        np.testing.assert_allclose(keypoint.reshape(1, 4, 15, 3), keypoints[expected], rtol=1e-6)
    assert list(read(tmp_path / 'a/one.npy')) == ['one']


def test_json_files_of_recordings_and_of_frames(write_files):
    """OpenPose writes a file per frame; a folder of them is one recording, named after it."""

    def frame(x):
        joints = [value for joint in range(25) for value in (x + joint, 8 * joint, 0.5)]
        return json.dumps({'people': [{'person_id': [-1], 'pose_keypoints_2d': joints}]})

    landmarks = [dict(x=0.1 * index, y=0.2, z=0.3, visibility=0.9) for index in range(33)]
    files = {f'monday/wave/{index:012}_keypoints.json': frame(index) for index in (10, 9, 8)}
    files.update({f'jump{number}.json': json.dumps([landmarks] * (number + 3)) for number in (1, 2)})
    path = write_files(files)
    opened = open_sequences(path, None)
    found = {each['frame_dir']: each for item in opened.items for each in opened.read(item)}
    assert {name: each['keypoint'].shape for name, each in found.items()} == {
        'monday/wave': (1, 3, 25, 2),
        'jump1': (1, 4, 33, 3),
        'jump2': (1, 5, 33, 3),
    }
    wave = found['monday/wave']
    assert wave['keypoint'][0, :, 0, 0].tolist() == [8, 9, 10] and (wave['keypoint_score'] == 0.5).all()
    assert 'keypoint_score' not in found['jump1'] and found['jump1']['layout'] == 'mediapipe'


def test_annotation_files_and_stores(tmp_path, keypoints):
    rows = [dict(frame_dir=str(index), keypoint=each, label=0) for index, each in enumerate(keypoints)]
    write_annotations(rows, str(tmp_path / 'a.pkl'))
    write_store(dict(split={}, annotations=rows), str(tmp_path / 'a.store'), False, no_progress)
    for name in ('a.pkl', 'a.store'):
        files = open_sequences(str(tmp_path / name), 'sbu')
        assert len(files.items) == 3
        assert [np.array_equal(files.read(item)[0]['keypoint'], each) for item, each in zip(files.items, keypoints)]


def test_raw_files_of_a_data_set(write_files):
    body = '\n'.join(['25', *['0 0 1 0 0 0 0 0 0 0 0 2'] * 25])
    frame = f'1\n72057594037931101 0 1 1 1 1 0 0.02 0.1 2\n{body}'
    texts = {
        f'{name}.skeleton': '2\n' + '\n'.join([frame] * 2) for name in ('S001C001P001R001A001', 'S020C001P001R001A061')
    }
    texts['S001C001P001R001A002.skeleton'] = '1\n0\n'
    path = write_files(texts, 'raw.zip')
    files = open_sequences(path, 'sbu')
    found = [each for item in files.items for each in files.read(item)]
    assert [(each['frame_dir'], each['layout'], each['keypoint'].shape) for each in found] == [
        ('S001C001P001R001A001', 'nturgb+d', (1, 2, 25, 3)),
        ('S020C001P001R001A061', 'nturgb+d', (1, 2, 25, 3)),
    ]
    assert files.left_out == [('S001C001P001R001A002', 'no skeleton')]


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('a.npy', b'', 'a.npy is empty'),
        ('a.npy', b'text', 'a.npy is not a readable .npy file'),
        ('a.npz', b'text', 'a.npz is not a readable .npz file'),
        ('a.csv', b'1,2,3', 'a.csv: expected 15 joints x 3 values per line'),
        ('a.txt', b'text', 'a.txt has no sequences that can be read: .npy, .*, .npz, .csv, .* NTU RGB'),
        ('a.pkl', b'text', 'annotation file .*a.pkl is damaged'),
    ],
)
def test_unreadable_files_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Exception, match=message):
        read(tmp_path / name)


def test_arrays_that_are_no_sequences(tmp_path):
    np.savez(tmp_path / 'a.npz', label=np.arange(3))
    with pytest.raises(RawDataError, match='a.npz holds no sequences, expected arrays'):
        read(tmp_path / 'a.npz')
    with pytest.raises(RawDataError, match='nowhere.npy does not exist'):
        read('nowhere.npy')
