"""From a store come the samples that come from its annotation file, in the same order, whoever reads them."""

import copy
import pickle

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset
from torch.utils.data import DataLoader

from mamp_plugin.datasets import SkeletonDataset, SkeletonStoreDataset, SyntheticSkeletonDataset
from mamp_plugin.datasets.annotations.store import StoreError, write_store

PIPELINE = [
    dict(type='CentreSkeleton', frame='first'),
    dict(type='CropResizeFrames', window=16, proportion=(0.5, 1)),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]


def content_of(layout):
    data = SyntheticSkeletonDataset(pipeline=[], num_subjects=2, layout=layout)
    annotations = [data.get_data_info(index) for index in range(0, len(data), 4)]
    for annotation in annotations:
        for key in ('sample_idx', 'modality', 'start_index'):
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


@pytest.fixture()
def both(files):
    """Makes the two data sets with the same arguments."""

    def build(pipeline=(), **kwargs):
        kwargs = dict(layout=files['layout'], pipeline=list(pipeline), **kwargs)
        plain = DATASETS.build(dict(type='SkeletonDataset', ann_file=files['pickle'], **kwargs))
        stored = DATASETS.build(dict(type='SkeletonStoreDataset', ann_file=files['store'], **kwargs))
        return plain, stored

    return build


def assert_same(left, right):
    assert left.keys() == right.keys()
    for key, value in left.items():
        if isinstance(value, np.ndarray):
            assert value.dtype == right[key].dtype
            np.testing.assert_array_equal(value, right[key])
        elif isinstance(value, torch.Tensor):
            assert torch.equal(value, right[key])
        elif key != 'data_samples':
            assert type(value) is type(right[key]) and value == right[key]


def assert_equal_samples(plain, stored):
    assert len(plain) == len(stored) > 0
    for index in (*range(len(plain)), -1):
        samples = []
        for dataset in (plain, stored):
            np.random.seed(index + 1)
            samples.append(dataset[index])
        assert_same(*samples)


@pytest.mark.parametrize(
    'kwargs',
    [
        dict(split='train'),
        dict(split='val', test_mode=True),
        dict(),
        dict(split='train', indices=5),
        dict(split='train', indices=-3),
        dict(split='train', indices=[4, 0, 4, -1]),
        dict(split='train', serialize_data=False),
        dict(split='train', start_index=1),
        dict(split='train', multi_class=True, num_classes=16),
    ],
)
def test_samples_are_those_of_the_annotation_file(both, kwargs):
    assert_equal_samples(*both(**kwargs))


def test_samples_are_the_same_through_a_pipeline(both, files):
    if files['layout'] == 'nturgb+d':
        assert_equal_samples(*both(PIPELINE, split='train'))


def test_initialised_late(both):
    plain, stored = both(split='train', lazy_init=True)
    assert not stored._fully_initialized
    assert_equal_samples(plain, stored)


def test_a_wrong_path_is_found_out_late_when_initialised_late():
    dataset = SkeletonStoreDataset('nowhere', pipeline=[], lazy_init=True)
    with pytest.raises(StoreError, match='nowhere is no store'):
        len(dataset)


@pytest.mark.parametrize('indices', [3, -3, [5, 1, 1], []])
def test_subsets(both, indices):
    plain, stored = both(split='train')
    for dataset in (plain, stored):
        dataset.length_before = len(dataset)
    cut = [dataset.get_subset(indices) for dataset in (plain, stored)]
    assert len(cut[0]) == len(cut[1]) and len(stored) == stored.length_before
    for index in range(len(cut[0])):
        assert_same(cut[0][index], cut[1][index])
    stored.get_subset_(indices)
    assert len(stored) == len(cut[0])


def test_mmengines_own_reading_gives_the_values_without_arrays(both):
    """Wrappers ask this way for labels, without reading sequences."""
    plain, stored = both(split='train')
    expected = {key: value for key, value in BaseDataset.get_data_info(plain, 2).items() if 'keypoint' not in key}
    assert BaseDataset.get_data_info(stored, 2) == expected


def test_workers_read_the_same(both):
    _, stored = both(split='train')
    loader = DataLoader(stored, num_workers=2, batch_size=None, collate_fn=lambda sample: sample)
    found = list(loader)
    assert len(found) == len(stored)
    for index, sample in enumerate(found):
        assert_same(stored[index], sample)


def test_a_new_process_is_sent_the_path(both):
    _, stored = both(split='train')
    sent = pickle.dumps(stored)
    assert len(sent) < 5000
    received = pickle.loads(sent)
    for index in range(len(stored)):
        assert_same(stored[index], received[index])


def test_a_copy_shares_the_store(both):
    _, stored = both(split='train')
    assert copy.deepcopy(stored).data_list.store is stored.data_list.store


class TestErrors:
    def test_are_those_of_the_annotation_file(self, files):
        for kwargs, match in (
            (dict(split='xset'), "split 'xset' is not in annotation file .*; it has train, val, none"),
            (dict(split='none'), "split 'none' of annotation file .* is empty"),
            (dict(layout='sbu'), "sample 'S.*' of .* has .* joints, but layout 'sbu' has 15"),
            (dict(layout='ntu'), 'known layouts'),
            (dict(data_prefix=dict(skeleton='folder')), r"data_prefix\['skeleton'\] = 'folder' is not supported"),
        ):
            for dataset, file in ((SkeletonDataset, files['pickle']), (SkeletonStoreDataset, files['store'])):
                with pytest.raises((ValueError, KeyError), match=match):
                    dataset(file, pipeline=[], **kwargs)

    def test_a_pickle_is_no_store_and_a_store_no_pickle(self, files):
        with pytest.raises(StoreError, match="x.pkl is a file and no store; read it with type='SkeletonDataset'"):
            SkeletonStoreDataset(files['pickle'], pipeline=[])
        with pytest.raises(IsADirectoryError, match="read it with type='SkeletonStoreDataset'"):
            SkeletonDataset(files['store'], pipeline=[])

    def test_a_valid_ratio(self, files):
        with pytest.raises(ValueError, match='valid_ratio=0.5 is not supported by a store: leave sequences'):
            SkeletonStoreDataset(files['store'], pipeline=[], valid_ratio=0.5)
