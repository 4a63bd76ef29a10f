"""Windows cover every frame of every sequence, carry its labels and cost no copy of it."""

import pickle

import numpy as np
import pytest
from torch.utils.data import DataLoader

from mamp_plugin.datasets import UntrimmedSkeletonDataset
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
def ann_file(tmp_path, videos):
    split = dict(xsub_train=['long', 'exact'], xsub_val=['short', 'last'])
    return write(tmp_path / 'untrimmed.pkl', dict(split=split, annotations=videos))


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


def test_segments_of_the_whole_sequence_go_along(ann_file):
    data = load(ann_file)
    for index, name in ((0, 'long'), (5, 'long'), (6, 'exact'), (7, 'short')):
        assert data[index]['frame_dir'] == name
        np.testing.assert_array_equal(data[index]['segments'], np.reshape(SEGMENTS[name], (-1, 3)))
        assert data[index]['segments'].dtype == np.int64
    assert data.metainfo['num_classes'] == 3


def test_splits_and_testing_use_the_same_windows(ann_file):
    everything = [(sample['frame_dir'], sample['window_start']) for sample in load(ann_file)]
    train, val = (load(ann_file, split=f'xsub_{part}', test_mode=part == 'val') for part in ('train', 'val'))
    assert [(sample['frame_dir'], sample['window_start']) for data in (train, val) for sample in data] == everything
    assert len(train) == 7 and len(val) == 3


def test_indices_are_those_of_windows(ann_file):
    assert [sample['window_start'] for sample in load(ann_file, indices=3)] == [0, 16, 32]


def test_scores_of_two_dimensional_skeletons_go_along(tmp_path):
    whole = video('flat', 50)
    whole.update(keypoint=whole['keypoint'][..., :17, :2], keypoint_score=np.random.rand(2, 50, 17))
    sample = load(write(tmp_path / 'flat.pkl', [whole]), layout='coco')[1]
    np.testing.assert_array_equal(sample['keypoint_score'], whole['keypoint_score'][:, 16:48])
    padded = load(write(tmp_path / 'flat.pkl', [whole]), layout='coco', window=60)[0]
    assert padded['keypoint_score'].shape == (2, 60, 17) and not padded['keypoint_score'][:, 50:].any()


def test_windows_are_read_only_views(ann_file):
    data = load(ann_file)
    whole = data.videos[0]['keypoint']
    for index in range(6):
        keypoint = data[index]['keypoint']
        assert np.shares_memory(keypoint, whole) and not keypoint.flags.writeable
    assert whole.flags.writeable


def test_going_to_workers_costs_the_sequences_once(ann_file, videos):
    frames = sum(one['keypoint'].nbytes for one in videos)
    dense = load(ann_file, stride=1)
    list(dense)
    assert len(dense) > 70
    assert len(pickle.dumps(dense)) < 1.1 * frames + 20_000


def test_workers_give_the_same(ann_file):
    data = load(ann_file)
    loader = DataLoader(data, batch_size=None, num_workers=2, collate_fn=lambda sample: sample)
    for index, sample in enumerate(loader):
        for key in ('keypoint', 'frame_labels', 'segments', 'window_start', 'frame_dir'):
            np.testing.assert_array_equal(sample[key], data[index][key])


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
            (None, 'found None; sequences of one action are read by SkeletonDataset'),
        ],
    )
    def test_segments_that_cannot_be(self, tmp_path, segments, message):
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
    def test_strides_that_leave_frames_out(self, ann_file, stride):
        with pytest.raises(ValueError, match=f'stride must lie between 1 and window=32, .* got {stride}'):
            load(ann_file, stride=stride)
