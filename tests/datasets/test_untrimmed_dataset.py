"""UntrimmedSkeletonDataset on annotation files and on stores."""

import pickle

import numpy as np
import pytest
from torch.utils.data import DataLoader

from mamp_plugin.datasets import UntrimmedSkeletonDataset
from mamp_plugin.datasets.annotations.store import write_store
from mamp_plugin.datasets.untrimmed_dataset import IGNORED, window_starts

SEGMENTS = dict(long=[(0, 10, 40), (2, 60, 100)], exact=np.array([[1, 0, 32]]), short=[], last=[(1, 0, 1)])


def video(name, num_frames, **more):
    keypoint = np.random.rand(2, num_frames, 25, 3).astype(np.float32)
    return dict(frame_dir=name, total_frames=num_frames, keypoint=keypoint, segments=SEGMENTS.get(name, []), **more)


def write(path, content):
    path.write_bytes(pickle.dumps(content, protocol=5))
    return str(path)


def load(path, **kwargs):
    config = dict(pipeline=[], num_classes=3, window=32, stride=16, layout='nturgb+d')
    return UntrimmedSkeletonDataset(path, **{**config, **kwargs})


@pytest.fixture()
def videos():
    return [video('long', 100), video('exact', 32), video('short', 20), video('last', 33)]


@pytest.fixture()
def content(videos):
    return dict(split=dict(xsub_train=['long', 'exact'], xsub_val=['short', 'last']), annotations=videos)


@pytest.fixture()
def ann_file(tmp_path, content):
    return write(tmp_path / 'untrimmed.pkl', content)


@pytest.fixture(params=[np.array, list])
def store(request, tmp_path, content):
    """A store of the same content, with segments as arrays or as lists."""
    annotations = [dict(one, segments=as_kind(one['segments'], request.param)) for one in content['annotations']]
    write_store(dict(content, annotations=annotations), tmp_path / 'untrimmed.store')
    return str(tmp_path / 'untrimmed.store')


def as_kind(segments, kind):
    return np.reshape(segments, (-1, 3)).astype(np.int64) if kind is np.array else list(map(list, segments))


@pytest.mark.parametrize(
    ('num_frames', 'expected'),
    [(1, [0]), (32, [0]), (33, [0, 1]), (48, [0, 16]), (49, [0, 16, 17]), (100, [0, 16, 32, 48, 64, 68])],
)
def test_starts_of_windows(num_frames, expected):
    assert window_starts(num_frames, 32, 16) == expected


@pytest.mark.parametrize(('window', 'stride'), [(32, 16), (7, 7), (10, 1), (200, 200)])
def test_windows_cover_everything_and_agree_with_the_sequence(ann_file, videos, window, stride):
    data = load(ann_file, window=window, stride=stride)
    seen = {one['frame_dir']: np.zeros(one['total_frames'], dtype=bool) for one in videos}
    by_name = {one['frame_dir']: one for one in videos}
    for sample in data:
        whole, start = by_name[sample['frame_dir']], sample['window_start']
        num_frames = whole['total_frames']
        assert sample['video_frames'] == num_frames and sample['total_frames'] == window
        labels = np.full(num_frames, 3)
        for label, begin, end in whole['segments']:
            labels[begin:end] = label
        inside = min(window, num_frames - start)
        assert sample['frame_labels'].dtype == np.int64 and sample['frame_labels'].shape == (window,)
        np.testing.assert_array_equal(sample['frame_labels'][:inside], labels[start : start + inside])
        assert (sample['frame_labels'][inside:] == IGNORED).all()
        assert sample['keypoint'].shape == (2, window, 25, 3)
        np.testing.assert_array_equal(sample['keypoint'][:, :inside], whole['keypoint'][:, start : start + inside])
        assert not sample['keypoint'][:, inside:].any()
        seen[sample['frame_dir']][start : start + inside] = True
    assert all(frames.all() for frames in seen.values())


def test_samples_have_the_segments_of_the_whole_sequence(ann_file):
    data = load(ann_file)
    for index, name in ((0, 'long'), (5, 'long'), (6, 'exact'), (7, 'short')):
        assert data[index]['frame_dir'] == name
        np.testing.assert_array_equal(data[index]['segments'], np.reshape(SEGMENTS[name], (-1, 3)))
        assert data[index]['segments'].dtype == np.int64
        assert data[index]['layout'] == 'nturgb+d'
    assert data.metainfo == dict(num_classes=3, layout='nturgb+d')


def test_splits_and_testing_use_the_same_windows(ann_file):
    everything = [(sample['frame_dir'], sample['window_start']) for sample in load(ann_file)]
    train, val = (load(ann_file, split=f'xsub_{part}', test_mode=part == 'val') for part in ('train', 'val'))
    assert [(sample['frame_dir'], sample['window_start']) for data in (train, val) for sample in data] == everything
    assert len(train) == 7 and len(val) == 3


def test_indices_are_those_of_windows(ann_file):
    assert [sample['window_start'] for sample in load(ann_file, indices=3)] == [0, 16, 32]


def test_scores_are_cut_like_keypoints(tmp_path):
    whole = video('flat', 50)
    whole.update(keypoint=whole['keypoint'][..., :17, :2], keypoint_score=np.random.rand(2, 50, 17))
    sample = load(write(tmp_path / 'flat.pkl', [whole]), layout='coco')[1]
    np.testing.assert_array_equal(sample['keypoint_score'], whole['keypoint_score'][:, 16:48])
    padded = load(write(tmp_path / 'flat.pkl', [whole]), layout='coco', window=60)[0]
    assert padded['keypoint_score'].shape == (2, 60, 17) and not padded['keypoint_score'][:, 50:].any()


def test_windows_are_read_only_views(ann_file, store):
    for data in (load(ann_file), load(store)):
        whole = data.videos[0]['keypoint']
        for index in range(6):
            keypoint = data[index]['keypoint']
            assert np.shares_memory(keypoint, whole) and not keypoint.flags.writeable
    assert load(ann_file).videos[0]['keypoint'].flags.writeable


def test_workers_are_sent_the_sequences_once_or_the_path(ann_file, store, videos):
    frames = sum(one['keypoint'].nbytes for one in videos)
    for path, most in ((ann_file, 1.1 * frames + 20_000), (store, 20_000)):
        dense = load(path, stride=1)
        list(dense)
        assert len(dense) > 70
        assert len(pickle.dumps(dense)) < most


def assert_same(left, right):
    assert left.keys() == right.keys()
    for key in left:
        np.testing.assert_array_equal(left[key], right[key], err_msg=key)
        assert getattr(left[key], 'dtype', None) == getattr(right[key], 'dtype', None)


@pytest.mark.parametrize(
    'kwargs', [dict(), dict(split='xsub_val', test_mode=True), dict(indices=[3, 1]), dict(serialize_data=False)]
)
def test_store_and_workers_give_the_same_windows(ann_file, store, kwargs):
    plain, stored = load(ann_file, **kwargs), load(store, **kwargs)
    assert len(plain) == len(stored) > 1
    loader = DataLoader(stored, batch_size=None, num_workers=2, collate_fn=lambda sample: sample)
    for index, sample in enumerate(loader):
        assert_same(plain[index], sample)
        assert_same(plain[index], pickle.loads(pickle.dumps(stored))[index])


def test_store_keeps_scores(tmp_path):
    whole = video('flat', 50)
    whole.update(keypoint=whole['keypoint'][..., :17, :2], keypoint_score=np.random.rand(2, 50, 17))
    write_store([whole], tmp_path / 'flat.store')
    for index, sample in enumerate(load(write(tmp_path / 'flat.pkl', [whole]), layout='coco')):
        assert_same(sample, load(str(tmp_path / 'flat.store'), layout='coco')[index])


class TestErrors:
    @pytest.mark.parametrize(
        ('segments', 'message'),
        [
            ([(0, 3, 3)], r'segment \(0, 3, 3\) must begin before it ends'),
            ([(0, 1, 2), (1, 4, 21)], r'segment \(1, 4, 21\) must .* lie inside the 20 frames'),
            ([(0, -1, 2)], r'segment \(0, -1, 2\) must'),
            ([(3, 0, 2)], r'must have a label from 0 to 2; set num_classes \(now 3\)'),
            ([(-1, 0, 2)], 'must have a label from 0 to 2'),
            ([(0, 1.5, 2)], 'segments must be rows of whole numbers'),
            ([(0, 1)], 'segments must be rows of whole numbers'),
            ([(0, 1, 2), (0, 1)], 'segments must be rows of whole numbers'),
            (None, 'found None; use SkeletonDataset for sequences of one action'),
        ],
    )
    def test_bad_segments(self, tmp_path, segments, message):
        path = write(tmp_path / 'bad.pkl', [video('good', 9), dict(video('odd', 20), segments=segments)])
        with pytest.raises(ValueError, match=f"sample 'odd' of .*bad.pkl: .*{message}"):
            load(path)

    def test_no_segments_at_all(self, tmp_path):
        trimmed = video('odd', 20)
        del trimmed['segments']
        with pytest.raises(ValueError, match="sample 'odd' of .*: segments must be rows .* found None"):
            load(write(tmp_path / 'bad.pkl', [trimmed]))

    def test_no_frames(self, tmp_path):
        with pytest.raises(ValueError, match="sample 'gone' of .*bad.pkl has no frames"):
            load(write(tmp_path / 'bad.pkl', [video('gone', 0)]))

    def test_the_same_name_twice(self, tmp_path):
        with pytest.raises(ValueError, match='2 sequences, but only 1 different names'):
            load(write(tmp_path / 'bad.pkl', [video('a', 9), video('a', 9)]))

    def test_another_layout(self, ann_file):
        with pytest.raises(ValueError, match="has 25 joints, but layout 'coco' has 17"):
            load(ann_file, layout='coco')

    @pytest.mark.parametrize('stride', [0, 33])
    def test_bad_strides(self, ann_file, stride):
        with pytest.raises(ValueError, match=f'stride must lie between 1 and window=32, .* got {stride}'):
            load(ann_file, stride=stride)
