"""CentreSkeleton against a loop written from the definition and against mmaction2's PreNormalize3D."""

import mmaction.datasets.transforms as mmaction_transforms
import numpy as np
import pytest

from mamp_plugin.datasets.transforms import CentreSkeleton, DropEmptyFrames, PadEmptyFrames
from mamp_plugin.skeletons import get_layout


def sequence(num_frames=12, num_persons=2, layout='nturgb+d', seed=0):
    layout = get_layout(layout)
    random = np.random.RandomState(seed)
    place = random.randn(num_persons, 1, 1, layout.dims) + 3
    return (random.randn(num_persons, num_frames, layout.num_joints, layout.dims) + place).astype(np.float32)


def loop_centre(keypoint, centre, every):
    """Frame by frame: persons whose frame is empty stay, with ``every`` also joints that are zero."""
    moved = keypoint.copy()
    first = next(t for t in range(keypoint.shape[1]) if keypoint[0, t].any())
    for m in range(keypoint.shape[0]):
        for t in range(keypoint.shape[1]):
            origin = keypoint[0, t if every else first, centre]
            for v in range(keypoint.shape[2]):
                if keypoint[m, t, v].any() if every else keypoint[m, t].any():
                    moved[m, t, v] = keypoint[m, t, v] - origin
    return moved


@pytest.mark.parametrize('layout', ['nturgb+d', 'sbu', 'coco'])
@pytest.mark.parametrize('frame', ['first', 'every'])
def test_centre_equals_loop(frame, layout):
    keypoint = sequence(layout=layout)
    keypoint[0, :3] = 0
    keypoint[1, :2] = 0
    keypoint[1, 8:] = 0
    keypoint[:, 5, 6] = 0
    keypoint[1, 6, 3, 0] = 0
    centred = CentreSkeleton(layout, frame)(dict(keypoint=keypoint))['keypoint']
    expected = loop_centre(keypoint, get_layout(layout).center, frame == 'every')
    np.testing.assert_array_equal(centred, expected)


def test_absent_joint_stays_or_moves():
    keypoint = sequence()
    keypoint[1, 4, 7] = 0
    assert CentreSkeleton()(dict(keypoint=keypoint))['keypoint'][1, 4, 7].all()
    assert not CentreSkeleton(absent='joint')(dict(keypoint=keypoint))['keypoint'][1, 4, 7].any()
    moved = CentreSkeleton(frame='every', absent='frame')(dict(keypoint=keypoint))['keypoint']
    np.testing.assert_array_equal(moved[1, 4, 7], -keypoint[0, 4, 1])


def test_first_person_there_leads():
    keypoint = sequence()
    keypoint[0] = 0
    keypoint[1, :4] = 0
    centred = CentreSkeleton()(dict(keypoint=keypoint))['keypoint']
    np.testing.assert_array_equal(centred[1, 4:], keypoint[1, 4:] - keypoint[1, 4, 1])
    assert not centred[0].any() and not centred[1, :4].any()


@pytest.mark.parametrize('shape', [(2, 5, 25, 3), (1, 0, 25, 3), (0, 5, 25, 3)])
@pytest.mark.parametrize('transform', [CentreSkeleton(align=True), CentreSkeleton(frame='every')])
def test_nobody_there_stays(transform, shape):
    assert not transform(dict(keypoint=np.zeros(shape, np.float32)))['keypoint'].any()


def test_one_frame():
    keypoint = sequence(num_frames=1)
    for frame in ('first', 'every'):
        centred = CentreSkeleton(frame=frame)(dict(keypoint=keypoint))['keypoint']
        np.testing.assert_array_equal(centred, keypoint - keypoint[0, 0, 1])


def prenormalize(keypoint):
    sample = dict(keypoint=keypoint.copy(), total_frames=keypoint.shape[1])
    return mmaction_transforms.PreNormalize3D()(sample)


def ours_for_prenormalize(keypoint):
    sample = dict(keypoint=keypoint, total_frames=keypoint.shape[1])
    return CentreSkeleton(align=True, absent='joint')(DropEmptyFrames()(sample))


def empty(keypoint, *places):
    for place in places:
        keypoint[place] = 0
    return keypoint


def upright(keypoint):
    """Spines along +z already, and the shoulders of the first frame opposite to +x: no axis to turn about."""
    keypoint[:, :, 0] = keypoint[:, :, 1] - np.float32([0, 0, 1])
    keypoint[0, 0, 8] = keypoint[0, 0, 4] - np.float32([2, 0, 0])
    return keypoint


@pytest.mark.parametrize(
    'keypoint',
    [
        sequence(),
        sequence(num_persons=1),
        sequence(num_frames=1),
        empty(sequence(num_persons=1), np.s_[0, :3], np.s_[0, 6], np.s_[0, 10:]),
        empty(sequence(), np.s_[:, :3]),
        empty(sequence(), np.s_[0, :3], np.s_[1, 2]),
        empty(sequence(), np.s_[0, :5], np.s_[1, 9:]),
        empty(sequence(), np.s_[0], np.s_[1, 0]),
        empty(sequence(), np.s_[1]),
        empty(sequence(), np.s_[0, 0, 8], np.s_[1, 3, 5:9]),
        empty(sequence(), np.s_[0, 0, :2]),
        upright(sequence()),
        np.zeros((2, 4, 25, 3), np.float32),
    ],
)
def test_equals_prenormalize3d(keypoint):
    expected, ours = prenormalize(keypoint), ours_for_prenormalize(keypoint)
    np.testing.assert_allclose(ours['keypoint'], expected['keypoint'], rtol=0, atol=5e-6)
    assert ours['total_frames'] == expected['total_frames']
    assert ours['keypoint'].dtype == np.float32


@pytest.mark.parametrize('frame', ['first', 'every', 'none'])
@pytest.mark.parametrize('layout', ['nturgb+d', 'kinect_v1', 'sbu'])
def test_aligned_to_the_axes(layout, frame):
    """Shoulders lie along +x; the spine, turned first, only loses what this second rotation takes from it."""
    keypoint = sequence(layout=layout)
    transform = CentreSkeleton(layout, frame, align=True)
    pose = transform(dict(keypoint=keypoint))['keypoint'][0, 0]
    (left,), (right,) = transform.layout.shoulders
    shoulders = pose[right] - pose[left]
    np.testing.assert_allclose(shoulders / np.linalg.norm(shoulders), [1, 0, 0], atol=1e-5)
    (bottom,), (top,) = transform.layout.spine
    pose[right] = pose[left]  # without shoulders only the first rotation is left
    spine = pose[top] - pose[bottom]
    again = transform.alignment(pose) @ spine
    np.testing.assert_allclose(again / np.linalg.norm(again), [0, 0, 1], atol=1e-5)


def test_preparation_of_pcm3():
    """Cut, looped, every frame centred on person 0, turned by person 0's first frame."""
    keypoint = sequence()
    keypoint[0, :2] = 0
    keypoint[1, 5:] = 0
    padded = np.stack([keypoint[0, [*range(2, 12), 2, 3]], keypoint[1, [0, 1, 2, 3, 4] * 2 + [0, 1]]])
    expected = padded - padded[:1, :, 1:2]
    expected = expected @ CentreSkeleton(align=True).alignment(expected[0, 0]).T
    sample = PadEmptyFrames()(dict(keypoint=keypoint))
    prepared = CentreSkeleton(frame='every', align=True)(sample)['keypoint']
    np.testing.assert_allclose(prepared, expected, rtol=0, atol=2e-6)


def test_frame_none_only_turns():
    keypoint = sequence()
    np.testing.assert_array_equal(CentreSkeleton(frame='none')(dict(keypoint=keypoint))['keypoint'], keypoint)
    turned = CentreSkeleton(frame='none', align=True)(dict(keypoint=keypoint))['keypoint']
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(keypoint, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(turned - turned[0, 0, 1], ours_for_prenormalize(keypoint)['keypoint'], atol=2e-5)


def test_2d_alignment_is_refused():
    with pytest.raises(ValueError, match="layout 'coco' has 2 coordinates; use align=False"):
        CentreSkeleton('coco', align=True)


@pytest.mark.parametrize(
    ('layout', 'expected', 'found'),
    [
        ('nturgb+d', '25 joints with 3 coordinates', '17 joints with 2'),
        ('openpose', '18 joints with 2 coordinates', '17 joints with 2'),
    ],
)
def test_wrong_layout_is_named(layout, expected, found):
    sample = dict(keypoint=sequence(layout='coco'), frame_dir='S001')
    with pytest.raises(ValueError, match=f"sample 'S001': layout '.*' has {expected}, found {found}.*kinect_v1"):
        CentreSkeleton(layout)(sample)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="frame must be 'first', 'every' or 'none', got 'last'"):
        CentreSkeleton(frame='last')
    with pytest.raises(ValueError, match="absent must be 'frame', 'joint' or None, got 'person'"):
        CentreSkeleton(absent='person')
    with pytest.raises(KeyError, match="unknown skeleton layout 'ntu'"):
        CentreSkeleton('ntu')


def test_repr():
    expected = "CentreSkeleton(layout='sbu', frame='every', align=True, absent='joint')"
    assert repr(CentreSkeleton('sbu', 'every', align=True)) == expected
