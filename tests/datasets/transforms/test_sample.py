"""Access of transforms to a sample."""

import numpy as np
import pytest

from mamp_plugin.datasets.transforms import CenterSkeleton, CorruptJoints, OccludeBodyParts, SkeletonStream
from mamp_plugin.datasets.transforms.sample import layout_of
from mamp_plugin.skeletons import LAYOUTS, get_layout

WITH_LAYOUT = [
    (CenterSkeleton, dict()),
    (CorruptJoints, dict()),
    (OccludeBodyParts, dict(parts=['trunk'])),
    (SkeletonStream, dict(stream='bone')),
]


def sample(name='coco', **kwargs):
    skeleton = get_layout(name)
    keypoint = np.random.RandomState(0).rand(2, 6, skeleton.num_joints, skeleton.dims).astype(np.float32)
    return dict(keypoint=keypoint, frame_dir='S1', **kwargs)


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize(('transform', 'kwargs'), WITH_LAYOUT)
def test_layout_of_the_sample_equals_the_explicit_one(transform, kwargs, layout):
    results = []
    for explicit, inferred in ((layout, {}), (None, dict(layout=layout)), (layout, dict(layout='another'))):
        np.random.seed(0)
        results.append(transform(layout=explicit, **kwargs)(sample(layout, **inferred))['keypoint'])
    np.testing.assert_array_equal(results[1], results[0])
    np.testing.assert_array_equal(results[2], results[0])


@pytest.mark.parametrize(('transform', 'kwargs'), WITH_LAYOUT)
def test_wrong_unknown_and_missing_layouts(transform, kwargs):
    wrong = "sample 'S1' has 17 joints( with 2 coordinates)?, but layout 'sbu' has 15( with 3)?; choose the layout of"
    for explicit, inferred in (('sbu', {}), ('sbu', dict(layout='coco')), (None, dict(layout='sbu'))):
        with pytest.raises(ValueError, match=wrong):
            transform(layout=explicit, **kwargs)(sample(**inferred))
    with pytest.raises(KeyError, match="unknown skeleton layout 'ntu'"):
        transform(layout='ntu', **kwargs)
    with pytest.raises(KeyError, match="sample 'S1' has no 'layout'.*; set layout of the data set"):
        transform(**kwargs)(sample())


def test_number_of_coordinates_is_checked_on_request():
    results = dict(keypoint=np.zeros((1, 2, 6, 17, 3)), layout='coco')
    assert layout_of(results, None) is LAYOUTS['coco']
    with pytest.raises(ValueError, match="has 17 joints with 3 coordinates, but layout 'coco' has 17 with 2;"):
        layout_of(results, None, check_dims=True)
