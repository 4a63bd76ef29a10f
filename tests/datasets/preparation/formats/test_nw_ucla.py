import json

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import NwUcla, RawDataError


def sequence(frames=5, joints=20, **kwargs):
    skeletons = np.arange(frames * joints * 3.0).reshape(frames, joints, 3).tolist()
    return json.dumps({'file_name': 'x', 'skeletons': skeletons, 'label': 3, **kwargs})


@pytest.mark.parametrize('where', ['raw', 'raw.zip'])
def test_labels_views_and_short_sequences(write_files, prepared, where):
    names = ['a01_s01_e00_v01', 'a08_s02_e03_v02', 'a12_s03_e01_v03', 'a06_s01_e01_v03']
    files = {f'all_sqe/{name}.json': sequence(frames=1 if name == names[2] else 5) for name in names}
    split, annotations, text = prepared(NwUcla([write_files(files, where)]))
    assert split == dict(xview_train=names[:2], xview_val=sorted(names[2:]))
    assert [annotations[name]['label'] for name in names] == [0, 6, 9, 5]
    keypoint = annotations[names[0]]['keypoint']
    np.testing.assert_array_equal(keypoint, np.arange(300).reshape(1, 5, 20, 3))
    assert keypoint.dtype == np.float32
    assert f'one frame only: 1\n    {names[2]}' in text and '(complete: 464)' in text


@pytest.mark.parametrize(
    'name, content, message',
    [
        ('a01_s01_e00_v01', sequence()[:100], r'v01.json:1: .* \(column \d+\)'),
        ('a01_s01_e00_v01', '{\n"skeletons": x}', r'v01.json:2: Expecting value \(column 14\)'),
        ('a01_s01_e00_v01', sequence(joints=24), r'v01.json: expected 20 joints .* found shape \(1, 5, 24, 3\)'),
        ('a01_s01_e00_v01', '{"skeletons": []}', r'v01.json: expected 20 joints .* found shape \(1, 0\)'),
        ('a01_s01_e00_v01', '{"skeletons": 7}', r'v01.json: expected 20 joints .* found shape \(1,\)'),
        ('a01_s01_e00_v01', '{"skeletons": [[1, 2], [3]]}', 'v01.json: "skeletons" is not an array of numbers'),
        ('a01_s01_e00_v01', '{"skeletons": {"a": 1}}', 'v01.json: "skeletons" is not an array of numbers'),
        ('a01_s01_e00_v01', '[1]', 'v01.json: expected an object with the key "skeletons"'),
        ('a01_s01_e00_v01', '[' * 100000, 'v01.json is not valid JSON'),
        ('a01_s01_e00_v01', b'\xff\xfe\xff', 'v01.json is not valid JSON'),
        (
            'a01_s01_e00_v01',
            sequence().replace('[72.0', '[NaN'),
            r'v01.json: a coordinate in frame 1 .* is nan, expected a number',
        ),
        ('a01_s01_e00_v01', '', 'v01.json is empty'),
        ('a07_s01_e00_v01', sequence(), 'v01.json: expected an action of 1, 2, 3, 4, 5, 6, 8, 9, 11, 12, found 7'),
    ],
)
def test_bad_files(write_files, prepared, name, content, message):
    with pytest.raises(RawDataError, match=message):
        prepared(NwUcla([write_files({f'{name}.json': content})]))
