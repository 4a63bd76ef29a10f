"""RetrievalDataset: gallery, then queries, with the mark ``in_gallery``."""

import pytest
import torch
from mmaction.registry import DATASETS

from mamp_plugin.datasets import SyntheticSkeletonDataset

PIPELINE = [
    dict(type='CropResizeFrames', window=8, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
SYNTHETIC = dict(type='SyntheticSkeletonDataset', num_subjects=2, serialize_data=False)
GALLERY = dict(SYNTHETIC, split='xsub_train', indices=3)
QUERIES = dict(SYNTHETIC, split='xsub_val', indices=2)


@pytest.mark.parametrize('shared', [True, False])
def test_samples_are_those_of_both_sets_and_marked(shared):
    if shared:
        cfg = dict(gallery=GALLERY, queries=QUERIES, pipeline=PIPELINE)
    else:
        cfg = dict(gallery=dict(GALLERY, pipeline=PIPELINE), queries=dict(QUERIES, pipeline=PIPELINE))
    dataset = DATASETS.build(dict(type='RetrievalDataset', **cfg))
    parts = [DATASETS.build(dict(part, pipeline=PIPELINE)) for part in (GALLERY, QUERIES)]
    expected = [sample for part in parts for sample in part]
    assert len(dataset) == 5
    for sample, plain in zip(dataset, expected):
        assert torch.equal(sample['inputs'], plain['inputs'])
        assert sample['data_samples'].gt_label == plain['data_samples'].gt_label
    assert [sample['data_samples'].in_gallery for sample in dataset] == [True] * 3 + [False] * 2
    assert dataset[-1]['data_samples'].in_gallery is False


def test_metainfo_and_test_mode():
    dataset = DATASETS.build(dict(type='RetrievalDataset', gallery=GALLERY, queries=QUERIES, pipeline=PIPELINE))
    assert dataset.metainfo == dict(SyntheticSkeletonDataset.METAINFO, layout='nturgb+d')
    assert all(part.test_mode for part in dataset.datasets)
