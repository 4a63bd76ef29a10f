import os
import pickle

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import JointNpy, RawDataError

TRAIN = ['S001C001P001R001A001', 'S001C001P002R001A002', 'S001C002P001R001A003']
VAL = ['S001C001P003R001A001.skeleton', 'S001C001P003R001A003.skeleton']


@pytest.fixture()
def data():
    draw = np.random.default_rng(0)
    return {part: draw.normal(size=(len(names), 3, 12, 25, 2)) for part, names in (('train', TRAIN), ('val', VAL))}


@pytest.fixture()
def save(tmp_path, data):
    def write(**changed):
        files = {f'{part}_data_joint.npy': array.astype(np.float32) for part, array in data.items()}
        files['train_label.pkl'], files['val_label.pkl'] = (TRAIN, [0, 1, 2]), (VAL, [0, 2])
        files['train_num_frame.npy'], files['val_num_frame.npy'] = np.array([7, 12, 3]), np.array([12, 11])
        for name, content in {**files, **{key.replace('__', '.'): value for key, value in changed.items()}}.items():
            if name.endswith('npy') and content is not None:
                np.save(tmp_path / name, content)
            elif content is not None:
                (tmp_path / name).write_bytes(pickle.dumps(content))
        return str(tmp_path)

    return write


@pytest.mark.parametrize('workers', [1, 2])
def test_samples(save, prepared, data, workers):
    split, annotations, text = prepared(JointNpy([save()], protocol='xsub'), workers=workers)
    assert split == dict(xsub_train=TRAIN, xsub_val=[name[:20] for name in VAL])
    assert [annotations[name]['label'] for name in TRAIN] == [0, 1, 2]
    for index, (name, frames) in enumerate(zip(TRAIN, (7, 12, 3))):
        expected = data['train'][index].transpose(3, 1, 2, 0)[:, :frames].astype(np.float32)
        np.testing.assert_array_equal(annotations[name]['keypoint'], expected)
        assert annotations[name]['total_frames'] == frames
    assert 'num_frame' not in text


def test_missing_num_frame_keeps_the_padding(save, prepared, data):
    data['train'][0, :, 5:] = 0
    split, annotations, text = prepared(
        JointNpy([save(train_num_frame__npy=None, val_num_frame__npy=None)], protocol='xsub')
    )
    assert [annotations[name]['total_frames'] for name in TRAIN] == [5, 12, 12]
    assert 'no train_num_frame.npy: frames repeated as padding are kept' in text


class Hostile:
    def __reduce__(self):
        return os.system, ('touch executed',)


@pytest.mark.parametrize(
    'files, error, message',
    [
        (dict(val_label__pkl=None), RawDataError, 'no val_label.pkl in'),
        (dict(train_label__pkl=Hostile()), pickle.UnpicklingError, 'train_label.pkl is refused: it asks for'),
        (dict(train_label__pkl=(TRAIN, [0, 1])), RawDataError, 'train_label.pkl: expected 3 names and as many labels'),
        (dict(train_label__pkl=7), RawDataError, 'train_label.pkl: expected 3 names and as many labels'),
        (dict(train_label__pkl=(TRAIN, [0, -1, 2])), RawDataError, 'train_label.pkl: expected labels from 0 on'),
        (dict(train_label__pkl=(TRAIN, [0, 'x', 2])), RawDataError, 'train_label.pkl: expected labels from 0 on'),
        (
            dict(train_label__pkl=([1, 2, 3], [0, 1, 2])),
            RawDataError,
            'train_label.pkl: expected sample names of type str',
        ),
        (dict(train_num_frame__npy=np.array([1, 2, 13])), RawDataError, 'expected 3 numbers from 1 to 12'),
        (
            dict(train_data_joint__npy=np.ones((3, 12, 150))),
            RawDataError,
            r'expected shape \(samples, 3, frames, joints',
        ),
        (dict(train_data_joint__npy=np.ones((3, 3, 12, 24, 2))), RawDataError, r'npy\[0\]: expected 25 joints'),
    ],
)
def test_bad_files(save, prepared, files, error, message):
    with pytest.raises(error, match=message):
        prepared(JointNpy([save(**files)], protocol='xsub'))


def test_arrays_in_archives_are_refused(write_files):
    raw = write_files({'train_data_joint.npy': 'x', 'train_label.pkl': 'x'}, 'raw.zip')
    with pytest.raises(
        RawDataError, match='raw.zip!train_data_joint.npy: arrays are not read from archives; unpack it'
    ):
        JointNpy([raw], protocol='xsub')
