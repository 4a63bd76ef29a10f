"""SubsetDataset: size and choice of the subset, and unchanged samples."""

import pickle
from collections import Counter

import numpy as np
import pytest
from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from mamp_plugin.datasets import SubsetDataset, SyntheticSkeletonDataset


def synthetic(**kwargs):
    return dict(type='SyntheticSkeletonDataset', pipeline=[], num_subjects=2, **kwargs)  # 96 samples, 6 of a class


def subset(fraction, dataset=None, **kwargs):
    return SubsetDataset(dataset or synthetic(), fraction, **kwargs)


def annotated(path, labels, type='SkeletonDataset', **kwargs):
    """Return the config of a data set whose samples have these labels."""
    annotations = [
        dict(frame_dir=f'sample{index}', label=label, total_frames=2, keypoint=np.full((1, 2, 25, 3), float(index)))
        for index, label in enumerate(labels)
    ]
    with open(path, 'wb') as file:
        pickle.dump([{key: value for key, value in each.items() if value is not None} for each in annotations], file)
    return dict(type=type, ann_file=str(path), **{'pipeline': [], **kwargs})


class TestSize:
    @pytest.mark.parametrize(
        'fraction, total, kept',
        [(0.1, 30, 3), (0.29, 100, 29), (0.57, 100, 57), (1 / 3, 30, 10), (0.1, 39, 3), (0.01, 50, 1), (1, 7, 7)],
    )
    def test_rounded_down_but_not_by_floating_point(self, tmp_path, fraction, total, kept):
        data = subset(fraction, annotated(tmp_path / 'ann.pkl', [0] * total))
        assert len(data) == len(data.chosen) == len(set(data.chosen)) == kept

    def test_per_class_applies_to_each_class_with_at_least_one(self, tmp_path):
        labels = [0] * 40 + [1] * 10 + [2] * 3
        data = subset(0.1, annotated(tmp_path / 'ann.pkl', labels), per_class=True)
        assert Counter(sample['label'] for sample in data) == {0: 4, 1: 1, 2: 1}

    def test_without_per_class_counts_differ(self):
        data = subset(0.25)
        counts = Counter(BaseDataset.get_data_info(data.dataset, index)['label'] for index in range(len(data)))
        assert sum(counts.values()) == 24 and len(set(counts.values())) > 1


class TestChoice:
    @pytest.mark.parametrize('per_class', [False, True])
    def test_only_the_seed_matters(self, per_class):
        first = subset(0.25, seed=3, per_class=per_class).chosen
        np.random.seed(99)
        before = np.random.get_state()[1].copy()
        subset(0.5, seed=8)
        assert subset(0.25, seed=3, per_class=per_class).chosen == first == sorted(first)
        np.testing.assert_array_equal(before, np.random.get_state()[1])
        assert subset(0.25, seed=4, per_class=per_class).chosen != first

    @pytest.mark.parametrize('per_class', [False, True])
    def test_a_smaller_share_is_part_of_a_larger_one(self, per_class):
        shares = [set(subset(fraction, per_class=per_class).chosen) for fraction in (0.05, 0.34, 0.7, 1.0)]
        assert all(small < large for small, large in zip(shares, shares[1:]))

    def test_the_choice_never_changes_between_versions(self):
        assert subset(0.05).chosen == RECORDED

    def test_all_samples_are_chosen_eventually(self):
        whole = SyntheticSkeletonDataset(pipeline=[], num_subjects=2)
        counts = Counter(index for seed in range(60) for index in subset(0.25, whole, seed=seed).chosen)
        assert len(counts) == 96 and max(counts.values()) < 30


#: Choice of seed 0 from 96 samples, recorded from the first version.
RECORDED = [25, 27, 74, 76]


class TestSamples:
    @pytest.mark.parametrize('serialize', [True, False])
    def test_are_those_of_the_whole_data_set(self, serialize):
        whole = SyntheticSkeletonDataset(pipeline=[], num_subjects=2)
        data = subset(0.1, synthetic(serialize_data=serialize))
        assert len(data) == 9
        for index, place in enumerate(data.chosen):
            assert data[index]['frame_dir'] == data.get_data_info(index)['frame_dir'] == whole[place]['frame_dir']
            np.testing.assert_array_equal(data[index]['keypoint'], whole[place]['keypoint'])
        assert data[-1]['frame_dir'] == data[8]['frame_dir']
        with pytest.raises(IndexError):
            subset(0.1, dict(type='ConcatDataset', datasets=[synthetic()]))[9]

    def test_given_instance_stays_whole(self):
        whole = SyntheticSkeletonDataset(pipeline=[], num_subjects=2)
        assert len(subset(0.1, whole)) == 9 and len(whole) == 96

    def test_indices_of_the_data_set_come_first(self):
        data = subset(0.5, synthetic(indices=10))
        whole = SyntheticSkeletonDataset(pipeline=[], num_subjects=2)
        assert [sample['frame_dir'] for sample in data] == [whole[index]['frame_dir'] for index in data.chosen]
        assert len(data) == 5 and max(data.chosen) < 10

    @pytest.mark.parametrize('per_class', [False, True])
    def test_of_concatenated_data_sets(self, per_class):
        parts = [synthetic(split='xsub_train'), synthetic(split='xsub_val')]
        data = subset(0.5, dict(type='ConcatDataset', datasets=parts), per_class=per_class)
        whole = DATASETS.build(dict(type='ConcatDataset', datasets=parts))
        assert len(data) == len(set(data.chosen)) == 48
        for index in range(0, 48, 7):
            assert data[index]['frame_dir'] == whole[data.chosen[index]]['frame_dir']

    def test_of_mmactions_pose_data_set(self, tmp_path):
        data = subset(0.5, annotated(tmp_path / 'ann.pkl', [0, 1] * 6, 'PoseDataset'), per_class=True)
        assert [sample['frame_dir'] for sample in data] == [f'sample{index}' for index in data.chosen]

    def test_a_skipped_sample_is_replaced_from_the_subset(self, tmp_path):
        drawn = []

        def skip_most(sample):
            drawn.append(int(sample['keypoint'][0, 0, 0, 0]))
            return sample if len(drawn) % 5 == 0 else None

        data = subset(0.1, annotated(tmp_path / 'ann.pkl', [0] * 50, pipeline=[skip_most]))
        for _ in range(30):
            data[0]
        assert set(drawn) == set(data.chosen)

    def test_workers_give_the_same(self):
        data = subset(0.05)
        loader = DataLoader(data, batch_size=None, num_workers=2, collate_fn=lambda sample: sample)
        assert [sample['frame_dir'] for sample in loader] == [sample['frame_dir'] for sample in data]


def test_labels_are_read_without_computing_a_sequence(monkeypatch):
    def compute(self, take):
        raise AssertionError('a sequence was computed')

    monkeypatch.setattr(SyntheticSkeletonDataset, '_record', compute)
    assert len(subset(0.2, per_class=True)) == 16


def test_runner_builds_it():
    dataset = dict(type='SubsetDataset', dataset=synthetic(), fraction=0.1, lazy_init=True)
    sampler = dict(type='DefaultSampler', shuffle=True)
    loader = Runner.build_dataloader(dict(batch_size=2, num_workers=0, sampler=sampler, dataset=dataset), seed=0)
    assert len(loader) == 5 and len(loader.sampler) == 9
    assert loader.dataset.metainfo == SyntheticSkeletonDataset(pipeline=[]).metainfo


def test_lazy_initialization_loads_on_first_use(tmp_path):
    whole = annotated(tmp_path / 'ann.pkl', [0] * 20, lazy_init=True)
    (tmp_path / 'ann.pkl').rename(tmp_path / 'away.pkl')
    data = subset(0.1, whole, lazy_init=True)
    assert data.metainfo == {}
    (tmp_path / 'away.pkl').rename(tmp_path / 'ann.pkl')
    assert len(data) == 2


class TestErrors:
    @pytest.mark.parametrize('fraction', [0, -0.1, 1.01, 10, float('nan'), '0.1', True, None])
    def test_impossible_fraction(self, fraction):
        with pytest.raises(ValueError, match='fraction must be a number above 0 and up to 1, got .*0.1 keeps 10 %'):
            subset(fraction)

    @pytest.mark.parametrize('seed', [-1, 0.5, None, 2**32])
    def test_impossible_seed(self, seed):
        with pytest.raises(ValueError, match='seed must be a whole number'):
            subset(0.1, seed=seed)

    def test_an_empty_class_is_named(self):
        with pytest.raises(ValueError, match='SyntheticSkeletonDataset has none of 12 of 16: 4, 5, 6'):
            subset(0.5, synthetic(indices=4), per_class=True)

    def test_a_gap_in_the_labels_is_an_empty_class(self, tmp_path):
        with pytest.raises(ValueError, match='none of 1 of 3: 1;'):
            subset(0.5, annotated(tmp_path / 'ann.pkl', [0, 2, 2]), per_class=True)

    @pytest.mark.parametrize('label', [None, [1, 2], 0.5, -1])
    def test_a_sample_without_one_class(self, tmp_path, label):
        whole = annotated(tmp_path / 'ann.pkl', [0, label, 1])
        with pytest.raises(ValueError, match='the label of sample 1 of SkeletonDataset is .*set per_class=False'):
            subset(0.5, whole, per_class=True)
        assert len(subset(1.0, whole)) == 3
