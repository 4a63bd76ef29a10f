import json
import os
import pickle

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import MmactionPickle, RawDataError
from mamp_plugin.skeletons import LAYOUTS


def sample(name, joints=25, dims=3, dtype=np.float16, **more):
    keypoint = np.random.default_rng(0).normal(size=(2, 6, joints, dims)).astype(dtype)
    return {**dict(frame_dir=name, label=1, total_frames=6, keypoint=keypoint), **more}


@pytest.fixture()
def save(tmp_path):
    def write(content):
        (tmp_path / 'ann.pkl').write_bytes(pickle.dumps(content, protocol=2))
        return [str(tmp_path / 'ann.pkl')]

    return write


@pytest.mark.parametrize('workers', [1, 2])
def test_samples_and_splits_are_kept(save, prepared, workers):
    score = np.ones((2, 6, 17), np.float16)
    content = dict(
        split=dict(train=['b', 'a'], val=['c', 'gone']),
        annotations=[sample(name, 17, 2, keypoint_score=score, img_shape=(4, 5)) for name in 'bac'],
    )
    split, annotations, text = prepared(MmactionPickle(save(content)), workers=workers)
    assert split == dict(train=['b', 'a'], val=['c'])
    assert annotations.keys() == {'a', 'b', 'c'}
    assert annotations['a']['img_shape'] == (4, 5)
    for key, expected in (('keypoint', content['annotations'][1]['keypoint']), ('keypoint_score', score)):
        assert annotations['a'][key].dtype == np.float32
        np.testing.assert_array_equal(annotations['a'][key], expected.astype(np.float32))
    assert 'layout coco' in text and '1 names of split val have no sample; they were dropped' in text


def test_a_list_without_splits(save, prepared):
    split, annotations, _ = prepared(MmactionPickle(save([sample('a', 20, label=np.int64(3)), sample('b', 20)])))
    assert split == {} and annotations['a']['label'] == 3


def test_a_layout_is_not_guessed(save, prepared, tmp_path, monkeypatch):
    monkeypatch.setattr('mamp_plugin.skeletons.registry.LAYOUTS', LAYOUTS.copy())
    for joints, dims, names in ((25, 3, 'nturgb.d, body_25'), (17, 3, 'coco, h36m')):
        with pytest.raises(RawDataError, match=f'ann.pkl: {joints} joints may be {names}; choose one with --layout'):
            MmactionPickle(save([sample('a', joints, dims)]))
    assert MmactionPickle(save([sample('a', 17, 2)])).layout == 'coco'
    assert 'layout h36m' in prepared(MmactionPickle(save([sample('a', 17)]), layout='h36m'))[2]
    with pytest.raises(RawDataError, match="unknown skeleton layout 'ntu'; known .*; or give a JSON file, or --import"):
        MmactionPickle(save([sample('a')]), layout='ntu')
    hand = dict(name='hand', joints=['wrist', 'tip'], bones=[['tip', 'wrist']], center='wrist')
    hand.update(spine=['wrist', 'tip'], shoulders=['wrist', 'tip'])
    (tmp_path / 'hand.json').write_text(json.dumps(hand))
    assert 'layout hand' in prepared(MmactionPickle(save([sample('a', 2)]), layout=str(tmp_path / 'hand.json')))[2]
    (tmp_path / 'hand.json').write_text(json.dumps(dict(hand, center='palm')))
    with pytest.raises(RawDataError, match="layout file .*hand.json: key 'center': 'palm' is no joint"):
        MmactionPickle(save([sample('a', 2)]), layout=str(tmp_path / 'hand.json'))


def test_non_finite_coordinates_are_kept_and_remarked(save, prepared):
    broken = sample('a')
    broken['keypoint'][0, 0, 0] = np.nan
    _, annotations, text = prepared(MmactionPickle(save([broken]), layout='nturgb+d'))
    assert np.isnan(annotations['a']['keypoint']).sum() == 3
    assert 'NaN or infinite coordinates, kept: 1\n    a' in text


class Hostile:
    def __reduce__(self):
        return os.system, ('touch executed',)


@pytest.mark.parametrize(
    'content, error, message',
    [
        ([sample('a'), Hostile()], pickle.UnpicklingError, 'ann.pkl is refused: it asks for'),
        ([], RawDataError, 'ann.pkl: expected a list of annotations or a dict with split and annotations'),
        (dict(annotations=[sample('a')]), RawDataError, 'expected a list of annotations or a dict with split and'),
        (dict(annotations=[sample('a')], split=dict(x='a')), RawDataError, "expected split 'x' to be a list of names"),
        ([sample('a', joints=19)], RawDataError, r'annotation 0 \(a\): expected 25 joints, found 19'),
        ([sample('a'), sample('b', joints=17)], RawDataError, r'annotation 1 \(b\): expected 25 joints, found 17'),
        ([sample('a', keypoint=[1])], RawDataError, 'annotation 0: expected keypoint of shape'),
        ([7], RawDataError, 'annotation 0: expected keypoint of shape'),
        ([sample('a', total_frames=7)], RawDataError, r'annotation 0 \(a\): total_frames 7, but 6 frames in keypoint'),
        ([sample('a', label=-1)], RawDataError, r'annotation 0 \(a\): expected a label from 0 on, found -1'),
        ([sample('a', label='x')], RawDataError, r"annotation 0 \(a\): expected a label from 0 on, found 'x'"),
        ([sample(None)], RawDataError, 'annotation 0 .None.: expected frame_dir'),
        ([sample('a', keypoint_score=np.ones(3))], RawDataError, r'expected keypoint_score of shape \(2, 6, 25\)'),
        ([sample('a'), sample('a')], RawDataError, '1 names belong to several sequences: a'),
    ],
)
def test_bad_pickles(save, prepared, content, error, message):
    with pytest.raises(error, match=message):
        prepared(MmactionPickle(save(content), layout='nturgb+d'))


@pytest.mark.parametrize('content', [[sample('a', keypoint=[1])], [7]])
def test_without_a_layout_the_first_sample_tells_it(save, content):
    with pytest.raises(RawDataError, match='annotation 0: expected keypoint of shape'):
        MmactionPickle(save(content))
    with pytest.raises(RawDataError, match=r'no layout has 19 joints \(nturgb\+d 25.*; describe yours in a JSON file'):
        MmactionPickle(save([sample('a', joints=19)]))


def test_truncated_pickle(save):
    (path,) = save([sample('a')])
    with open(path, 'r+b') as file:
        file.truncate(500)
    with pytest.raises(pickle.UnpicklingError, match='ann.pkl is (damaged|refused)'):
        MmactionPickle([path])
