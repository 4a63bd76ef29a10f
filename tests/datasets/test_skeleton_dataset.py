"""SkeletonDataset on annotation files and on stores."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.datasets import PoseDataset
from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset
from torch.utils.data import DataLoader

from mamp_plugin.datasets import SkeletonDataset, SyntheticSkeletonDataset
from mamp_plugin.datasets import skeleton_dataset as module
from mamp_plugin.datasets.annotations.store import StoreError, write_store

PIPELINE = [
    dict(type='CenterSkeleton', frame='first'),
    dict(type='CropResizeFrames', window=16, proportion=(0.5, 1)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]


def content_of(layout):
    data = SyntheticSkeletonDataset(pipeline=[], num_subjects=1, layout=layout, indices=range(0, 48, 3))
    annotations = [data.get_data_info(index) for index in range(len(data))]
    for annotation in annotations:
        for key in ('sample_idx', 'modality', 'start_index', 'layout'):
            del annotation[key]
    annotations[1]['keypoint'] = annotations[1]['keypoint'][:1]
    annotations[1].pop('keypoint_score', None)
    names = [annotation['frame_dir'] for annotation in annotations]
    return dict(split=dict(train=names[::-2], val=names[1::2], none=[]), annotations=annotations)


@pytest.fixture(scope='module', params=['nturgb+d', 'coco'])
def files(request, tmp_path_factory):
    """A pickle and a store of the same content."""
    content = content_of(request.param)
    folder = tmp_path_factory.mktemp('data')
    (folder / 'x.pkl').write_bytes(pickle.dumps(content, protocol=5))
    write_store(content, folder / 'x.store')
    return dict(layout=request.param, pickle=str(folder / 'x.pkl'), store=str(folder / 'x.store'))


def both(files, pipeline=(), **kwargs):
    """Build the data set on the pickle and on the store, with the same arguments."""
    kwargs = {**dict(layout=files['layout'], pipeline=list(pipeline)), **kwargs}
    return [SkeletonDataset(files[kind], **kwargs) for kind in ('pickle', 'store')]


def test_class_names_of_the_file_are_metadata(tmp_path):
    content = dict(content_of('sbu'), classes=['jump', 'wave'])
    (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content, protocol=5))
    write_store(content, tmp_path / 'x.store')
    for path in (tmp_path / 'x.pkl', tmp_path / 'x.store'):
        data = SkeletonDataset(str(path), pipeline=[], layout='sbu')
        assert data.metainfo == dict(layout='sbu', classes=('jump', 'wave'))
        named = SkeletonDataset(str(path), pipeline=[], metainfo=dict(classes=('a', 'b')))
        assert named.metainfo['classes'] == ('a', 'b')


@pytest.fixture()
def defective(tmp_path):
    """An annotation file and a store of 200 sequences, of which number 7 has NaN and number 8 an absurd value."""
    draw = np.random.default_rng(0)
    annotations = [
        dict(frame_dir=f's{index}', label=0, total_frames=4, keypoint=draw.random((1, 4, 15, 3), np.float32))
        for index in range(200)
    ]
    annotations[7]['keypoint'][0, 1, 2, 0] = np.nan
    annotations[8]['keypoint'][0, 1, 2, 0] = 1e30
    (tmp_path / 'x.pkl').write_bytes(pickle.dumps(annotations, protocol=5))
    write_store(annotations, tmp_path / 'x.store')
    return tmp_path


@pytest.mark.parametrize('name', ['x.pkl', 'x.store'])
def test_defective_samples_are_skipped(defective, monkeypatch, name):
    warnings = []
    monkeypatch.setattr(module, 'print_log', lambda text, *_: warnings.append(text))
    data = SkeletonDataset(str(defective / name), pipeline=[], layout='sbu', on_bad_sample='skip')
    for _ in range(2):
        assert [data[index]['frame_dir'] for index in (6, 7, 8, 9)] == ['s6', 's9', 's9', 's9']
    assert [text.partition(':')[0] for text in warnings] == ['skipped sample s7', 'skipped sample s8']
    assert all('has coordinates that are NaN, infinite or beyond 1,000,000' in text for text in warnings)
    with pytest.raises(ValueError, match="on_bad_sample must be 'raise' or 'skip', got 'ignore'"):
        SkeletonDataset(str(defective / name), pipeline=[], on_bad_sample='ignore')
    with pytest.raises(ValueError, match="on_bad_sample='skip' is for training: a test must have all samples"):
        SkeletonDataset(str(defective / name), pipeline=[], on_bad_sample='skip', test_mode=True)


def test_too_many_defective_samples(defective):
    content = bytearray((defective / 'x.store/keypoint.npy').read_bytes())
    content[-2] ^= 1
    (defective / 'x.store/keypoint.npy').write_bytes(content)
    data = SkeletonDataset(str(defective / 'x.store'), pipeline=[], layout='sbu', on_bad_sample='skip')
    assert data[199]['frame_dir'] == 's0'
    with pytest.raises(ValueError, match='3 of 200 samples of .* are defective, more than 1 %: s199, s7, s8; look at'):
        [data[index] for index in range(200)]


def assert_same(left, right):
    assert left.keys() == right.keys()
    for key, value in left.items():
        assert type(value) is type(right[key])
        if isinstance(value, np.ndarray):
            assert value.dtype == right[key].dtype
            np.testing.assert_array_equal(value, right[key])
        elif isinstance(value, torch.Tensor):
            assert torch.equal(value, right[key])
        elif key != 'data_samples':
            assert value == right[key]


def assert_equal_samples(plain, stored):
    assert len(plain) == len(stored) > 0
    for index in (*range(len(plain)), -1):
        samples = []
        for dataset in (plain, stored):
            np.random.seed(index + 1)
            samples.append(dataset[index])
        assert_same(*samples)


@pytest.mark.parametrize('protocol', [2, 3, 4, 5])
def test_samples_equal_those_of_pose_dataset(files, tmp_path, protocol):
    content = pickle.loads(Path(files['pickle']).read_bytes())
    (tmp_path / 'ann.pkl').write_bytes(pickle.dumps(content, protocol))
    ours = SkeletonDataset(str(tmp_path / 'ann.pkl'), pipeline=[], split='train')
    theirs = PoseDataset(str(tmp_path / 'ann.pkl'), pipeline=[], split='train')
    assert_equal_samples(ours, theirs)
    assert ours.metainfo == {}


def test_samples_and_metainfo_tell_the_layout(files):
    for dataset in both(files, lazy_init=True):
        assert dataset.metainfo == dict(layout=files['layout'])
        assert all(sample['layout'] == files['layout'] for sample in dataset)


class TestStore:
    @pytest.mark.parametrize(
        'kwargs',
        [
            dict(split='train'),
            dict(split='val', test_mode=True),
            dict(layout=None),
            dict(split='train', indices=5),
            dict(split='train', indices=-3),
            dict(split='train', indices=[4, 0, 4, -1]),
            dict(split='train', serialize_data=False, lazy_init=True),
            dict(split='train', start_index=1),
            dict(split='train', multi_class=True, num_classes=16),
            dict(split='train', pipeline=PIPELINE),
        ],
    )
    def test_samples_equal_those_of_the_pickle(self, files, kwargs):
        assert_equal_samples(*both(files, **kwargs))

    @pytest.mark.parametrize('indices', [3, -3, [5, 1, 1], []])
    def test_subsets(self, files, indices):
        plain, stored = both(files, split='train')
        length = len(stored)
        cut = [dataset.get_subset(indices) for dataset in (plain, stored)]
        assert len(cut[0]) == len(cut[1]) and len(stored) == length
        for index in range(len(cut[0])):
            assert_same(cut[0][index], cut[1][index])
        stored.get_subset_(indices)
        assert len(stored) == len(cut[0])

    def test_labels_are_read_without_arrays(self, files):
        """Wrappers ask ``BaseDataset.get_data_info`` for labels."""
        plain, stored = both(files, split='train')
        expected = {key: value for key, value in BaseDataset.get_data_info(plain, 2).items() if 'keypoint' not in key}
        assert BaseDataset.get_data_info(stored, 2) == expected

    def test_samples_are_copies(self, files):
        _, stored = both(files)
        kept = stored[0]['keypoint'].copy()
        stored[0]['keypoint'][:] = 0
        np.testing.assert_array_equal(stored[0]['keypoint'], kept)

    def test_workers_and_processes_are_sent_the_path(self, files):
        _, stored = both(files, split='train')
        sent = pickle.dumps(stored)
        assert len(sent) < 5000
        received = pickle.loads(sent)
        loader = DataLoader(stored, num_workers=2, batch_size=None, collate_fn=lambda sample: sample)
        for index, sample in enumerate(loader):
            assert_same(stored[index], sample)
            assert_same(stored[index], received[index])
        assert copy.deepcopy(stored).data_list.store is stored.data_list.store

    def test_the_old_name_still_builds(self, files):
        with pytest.warns(DeprecationWarning, match='SkeletonStoreDataset is deprecated .* use SkeletonDataset'):
            dataset = DATASETS.build(dict(type='SkeletonStoreDataset', ann_file=files['store'], pipeline=[]))
        assert type(dataset) is SkeletonDataset and len(dataset) == 16

    def test_valid_ratio_is_rejected(self, files):
        with pytest.raises(ValueError, match='valid_ratio=0.5 is not supported by a store, found .*x.store: leave'):
            SkeletonDataset(files['store'], pipeline=[], valid_ratio=0.5)


class TestErrors:
    @pytest.mark.parametrize(
        'kwargs, match',
        [
            (dict(split='xset'), "split 'xset' is not in annotation file .*; it has train, val, none"),
            (dict(split='none'), "split 'none' of annotation file .* is empty"),
            (dict(layout='sbu'), "sample 'S.*' of .*x.* has .* joints, but layout 'sbu' has 15; choose the layout of"),
            (dict(layout='ntu'), 'known layouts'),
            (dict(data_prefix=dict(skeleton='folder')), r"data_prefix\['skeleton'\] = 'folder' is not supported"),
        ],
    )
    def test_both_sources_name_what_is_wrong(self, files, kwargs, match):
        for kind in ('pickle', 'store'):
            with pytest.raises((ValueError, KeyError), match=match):
                SkeletonDataset(files[kind], pipeline=[], **kwargs)

    def test_neither_file_nor_store(self, tmp_path):
        late = SkeletonDataset('nowhere', pipeline=[], lazy_init=True)
        with pytest.raises(FileNotFoundError, match='annotation file nowhere does not exist; see ann_file'):
            len(late)
        with pytest.raises(StoreError, match='is no store: it has no store.json'):
            SkeletonDataset(str(tmp_path), pipeline=[])

    def test_truncated_file(self, files, tmp_path):
        half = tmp_path / 'half.pkl'
        half.write_bytes(Path(files['pickle']).read_bytes()[:-200])
        with pytest.raises(pickle.UnpicklingError, match='half.pkl is (damaged|refused)'):
            SkeletonDataset(str(half), pipeline=[])

    @pytest.mark.parametrize(
        'content, message',
        [
            (3, r'x.pkl must hold dict\(split=..., annotations=\[...\]\) or a list of annotations'),
            ([3], 'x.pkl must hold'),
            ([dict(frame_dir='a')], 'x.pkl has no splits'),
            (dict(split=dict(train=[])), 'x.pkl must hold'),
            (
                dict(split=['a'], annotations=[]),
                'split of annotation file .*x.pkl must be a dict of names, found a list',
            ),
            (dict(split=dict(train='a'), annotations=[]), "split 'train' .*x.pkl must be .*, found a str"),
            (dict(split=dict(train=[('a',)]), annotations=[]), "split 'train' .*x.pkl has a tuple for a name"),
            (dict(split=dict(t=['a']), annotations=[dict(frame_dir=('a',))]), 'annotation 0 .*x.pkl has a tuple for'),
            (
                dict(split=dict(train=['a']), annotations=[dict(frame_dir='a', keypoint=np.zeros((6, 75)))]),
                r"sample 'a' .*x.pkl: keypoint must be .*\(6, 75\)",
            ),
        ],
    )
    def test_bad_content(self, tmp_path, content, message):
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content))
        with pytest.raises(ValueError, match=message):
            SkeletonDataset(str(tmp_path / 'x.pkl'), pipeline=[], split='train')


@pytest.mark.parametrize('store', [False, True])
def test_a_crowd_is_refused_by_name(tmp_path, store):
    annotations = [
        dict(frame_dir=name, label=0, total_frames=1, keypoint=np.ones((persons, 1, 25, 3), np.float32))
        for name, persons in (('a', 2), ('b', 1001))
    ]
    path = tmp_path / 'x.pkl'
    path.write_bytes(pickle.dumps(annotations))
    if store:
        path = tmp_path / 'x.store'
        write_store(annotations, path)
    with pytest.raises(ValueError, match=r"sample 'b' of .*x\.(pkl|store) has 1001 persons, more than 1000"):
        SkeletonDataset(str(path), pipeline=[])
