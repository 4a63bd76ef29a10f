import numpy as np
import pytest

from mamp_plugin.datasets.preparation import MampNpz, RawDataError


def arrays(count=3, classes=4):
    """Return ``x`` and ``y``: sample ``i`` has ``i + 5`` frames, odd ones have a second person."""
    x = np.zeros((count, 30, 150), np.float32)
    for index in range(count):
        values = np.random.default_rng(index).normal(size=(index + 5, 150))
        values[:, 75:] *= index % 2
        x[index, : index + 5] = values
    return x, np.eye(classes)[np.arange(count) % classes]


@pytest.fixture(params=[np.savez, np.savez_compressed])
def save(request, tmp_path):
    def write(**changed):
        (x_train, y_train), (x_test, y_test) = arrays(), arrays(2)
        content = {**dict(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test), **changed}
        request.param(
            tmp_path / 'NTU60_XSub.npz', **{key: value for key, value in content.items() if value is not None}
        )
        return str(tmp_path / 'NTU60_XSub.npz')

    return write


@pytest.mark.parametrize('workers', [1, 2])
def test_samples(save, prepared, workers):
    split, annotations, _ = prepared(MampNpz([save()], protocol='xview'), workers=workers)
    assert split == dict(
        xview_train=['train_000000', 'train_000001', 'train_000002'], xview_val=['test_000000', 'test_000001']
    )
    x, _ = arrays()
    for index, persons in ((0, 1), (1, 2), (2, 1)):
        sample = annotations[f'train_{index:06}']
        assert sample['label'] == index and sample['total_frames'] == index + 5
        assert sample['keypoint'].dtype == np.float32 and sample['keypoint'].shape == (persons, index + 5, 25, 3)
        for person in range(persons):
            expected = x[index, : index + 5, 75 * person : 75 * person + 75].reshape(-1, 25, 3)
            np.testing.assert_array_equal(sample['keypoint'][person], expected)


def test_zero_frames_within_a_sequence_are_kept(save, prepared):
    x, _ = arrays()
    x[0, 2] = 0
    _, annotations, _ = prepared(MampNpz([save(x_train=x)], protocol='xsub'))
    assert annotations['train_000000']['total_frames'] == 5


def changed(index, value):
    x, _ = arrays()
    x[index] = value
    return x


def test_only_the_broken_row_is_skipped(save, prepared):
    path = save(x_train=changed((1, 2, 3), np.nan))
    split, annotations, text = prepared(MampNpz([path], protocol='xsub'), skip_broken=True)
    assert split['xsub_train'] == ['train_000000', 'train_000002'] and len(annotations) == 4
    assert 'x_train.npy[1]: a coordinate in frame 2' in ' '.join(text.split())


@pytest.mark.parametrize(
    'content, message',
    [
        (dict(x_test=None), 'XSub.npz lacks x_test; found x_train, y_train, y_test'),
        (dict(x_train=np.zeros((3, 30, 144))), r'x_train.npy: expected shape \(samples, frames, 150\), found'),
        (dict(y_train=np.eye(4)), r'y_train.npy: expected shape \(3, classes\), found \(4, 4\)'),
        (dict(y_train=np.zeros((3, 4))), 'y_train.npy: expected one-hot labels'),
        (dict(y_train=np.array([0, 1, 2])), r'y_train.npy: expected shape \(3, classes\), found \(3,\)'),
        (
            dict(x_train=changed((1, 2, 3), np.nan)),
            r'x_train.npy\[1\]: a coordinate in frame 2 .* is nan, expected a number',
        ),
    ],
)
def test_bad_arrays(save, prepared, content, message):
    with pytest.raises(RawDataError, match=message):
        prepared(MampNpz([save(**content)], protocol='xsub'))


def test_empty_samples_are_left_out(save, prepared):
    split, _, text = prepared(MampNpz([save(x_train=changed(1, 0))], protocol='xsub'))
    assert split['xsub_train'] == ['train_000000', 'train_000002']
    assert 'no person in any frame: 1\n    train_000001' in text
