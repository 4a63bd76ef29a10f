"""CenterSkeleton against a loop written from the definition and against mmaction2's PreNormalize3D."""

import mmaction.datasets.transforms as mmaction_transforms
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mamp_plugin.datasets.transforms import CenterSkeleton, DropEmptyFrames, PadEmptyFrames
from mamp_plugin.datasets.transforms.alignment import alignment
from mamp_plugin.skeletons import get_layout


def sequence(num_frames=12, num_persons=2, layout='nturgb+d', seed=0):
    layout = get_layout(layout)
    random = np.random.RandomState(seed)
    place = random.randn(num_persons, 1, 1, layout.dims) + 3
    return (random.randn(num_persons, num_frames, layout.num_joints, layout.dims) + place).astype(np.float32)


def center(keypoint, **kwargs):
    """Center NTU RGB+D's skeletons, whose layout the sample tells."""
    return CenterSkeleton(**kwargs)(dict(keypoint=keypoint, layout='nturgb+d'))['keypoint']


def loop_center(keypoint, center, every):
    """Center frame by frame; empty frames of a person stay zero, and with ``every`` zero joints, too."""
    moved = keypoint.copy()
    first = next(t for t in range(keypoint.shape[1]) if keypoint[0, t].any())
    planar = keypoint.shape[-1] == 2
    for m in range(keypoint.shape[0]):
        for t in range(keypoint.shape[1]):
            origin = keypoint[0, max(t, first) if every and planar else t if every else first, center]
            for v in range(keypoint.shape[2]):
                if keypoint[m, t, v].any() if every else keypoint[m, t].any():
                    moved[m, t, v] = keypoint[m, t, v] - origin
    return moved


@pytest.mark.parametrize('layout', ['nturgb+d', 'sbu', 'coco'])
@pytest.mark.parametrize('frame', ['first', 'every'])
def test_equals_loop(frame, layout):
    keypoint = sequence(layout=layout)
    keypoint[0, :3] = 0
    keypoint[1, :2] = 0
    keypoint[1, 8:] = 0
    keypoint[:, 5, 6] = 0
    keypoint[1, 6, 3, 0] = 0
    centered = CenterSkeleton(layout, frame)(dict(keypoint=keypoint))['keypoint']
    expected = loop_center(keypoint, get_layout(layout).center, frame == 'every')
    np.testing.assert_array_equal(centered, expected)


def test_absent_joint_stays_zero_or_moves():
    keypoint = sequence()
    keypoint[1, 4, 7] = 0
    assert center(keypoint)[1, 4, 7].all()
    assert not center(keypoint, absent='joint')[1, 4, 7].any()
    moved = center(keypoint, frame='every', absent='frame')
    np.testing.assert_array_equal(moved[1, 4, 7], -keypoint[0, 4, 1])


def test_first_person_who_appears_leads():
    keypoint = sequence()
    keypoint[0] = 0
    keypoint[1, :4] = 0
    centered = center(keypoint)
    np.testing.assert_array_equal(centered[1, 4:], keypoint[1, 4:] - keypoint[1, 4, 1])
    assert not centered[0].any() and not centered[1, :4].any()


# ---- 2D, where single joints are lost ------------------------------------------------------------------------------

NOSE, LEFT_HIP, RIGHT_HIP = 0, 11, 12


def center_2d(keypoint, score=None, **kwargs):
    sample = dict(keypoint=keypoint, layout='coco')
    return CenterSkeleton(**kwargs)(sample if score is None else dict(sample, keypoint_score=score))['keypoint']


def test_hips_are_the_origin_in_2d():
    keypoint = sequence(layout='coco')
    middle = (keypoint[0, :, LEFT_HIP] + keypoint[0, :, RIGHT_HIP]) / 2
    np.testing.assert_allclose(center_2d(keypoint, joint='hips'), keypoint - middle[0], atol=1e-6)
    every = center_2d(keypoint, joint='hips', frame='every')
    np.testing.assert_allclose(every, keypoint - middle[:, None], atol=1e-6)
    ntu = get_layout('nturgb+d').joints
    hips = sequence()[0, 0, [ntu.index('left_hip'), ntu.index('right_hip')]].mean(axis=0)
    np.testing.assert_allclose(center(sequence(), joint='hips'), sequence() - hips, atol=1e-6)


@pytest.mark.parametrize('lost', ['zero', 'score'])
def test_a_lost_origin_is_that_of_other_frames(lost):
    keypoint, score = sequence(layout='coco'), np.ones((2, 12, 17), np.float32)
    nose = keypoint[0, :, NOSE].copy()
    for person, frames in ((0, [0, 1, 5]), (1, [3])):
        if lost == 'zero':
            keypoint[person, frames, NOSE] = 0
        else:
            score[person, frames, NOSE] = 0
    centered = center_2d(keypoint, score, frame='every')
    origins = nose[[2, 2, 2, 3, 4, 4, *range(6, 12)]][:, None]
    expected = keypoint - origins
    expected[0, [0, 1, 5], NOSE] = expected[1, 3, NOSE] = 0
    np.testing.assert_allclose(centered, expected, atol=1e-6)
    first = center_2d(keypoint, score, absent='joint')
    np.testing.assert_allclose(first[0, 2:5], keypoint[0, 2:5] - nose[2], atol=1e-6)
    assert not first[0, 0, NOSE].any() and first[0, 0, 1:].any()


def test_one_hip_or_the_whole_body_are_an_origin():
    keypoint = sequence(layout='coco', num_persons=1)
    keypoint[0, 0, LEFT_HIP] = 0
    one_hip = center_2d(keypoint, joint='hips', absent='joint')
    np.testing.assert_allclose(one_hip[0, 1:], keypoint[0, 1:] - keypoint[0, 0, RIGHT_HIP], atol=1e-6)
    keypoint[0, :, [LEFT_HIP, RIGHT_HIP]] = 0
    without_hips = center_2d(keypoint, joint='hips', absent='joint')
    rest = [joint for joint in range(17) if joint not in (LEFT_HIP, RIGHT_HIP)]
    np.testing.assert_allclose(without_hips[0, 0, rest].mean(axis=0), 0, atol=1e-6)
    assert not without_hips[0, :, [LEFT_HIP, RIGHT_HIP]].any()


def test_a_person_without_any_score_stays():
    keypoint = sequence(layout='coco')
    centered = center_2d(keypoint, np.zeros((2, 12, 17), np.float32), absent='joint')
    assert np.isfinite(centered).all() and not centered.any()


@pytest.mark.parametrize('shape', [(2, 5, 25, 3), (1, 0, 25, 3), (0, 5, 25, 3)])
@pytest.mark.parametrize('kwargs', [dict(align=True), dict(frame='every')])
def test_without_persons_nothing_changes(kwargs, shape):
    assert not center(np.zeros(shape, np.float32), **kwargs).any()


def test_one_frame():
    keypoint = sequence(num_frames=1)
    for frame in ('first', 'every'):
        centered = center(keypoint, frame=frame)
        np.testing.assert_array_equal(centered, keypoint - keypoint[0, 0, 1])


def prenormalize(keypoint):
    sample = dict(keypoint=keypoint.copy(), total_frames=keypoint.shape[1])
    return mmaction_transforms.PreNormalize3D()(sample)


def ours_for_prenormalize(keypoint):
    sample = dict(keypoint=keypoint, total_frames=keypoint.shape[1], layout='nturgb+d')
    return CenterSkeleton(align=True, absent='joint')(DropEmptyFrames()(sample))


def empty(keypoint, *places):
    for place in places:
        keypoint[place] = 0
    return keypoint


def upright(keypoint):
    """Put spines along +z and the shoulders of the first frame opposite to +x: the rotation axes are undefined."""
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
    """Shoulders lie along +x; the spine, rotated first, is along +z before the second rotation."""
    keypoint = sequence(layout=layout)
    transform = CenterSkeleton(layout, frame, align=True)
    pose = transform(dict(keypoint=keypoint))['keypoint'][0, 0]
    (left,), (right,) = get_layout(layout).shoulders
    shoulders = pose[right] - pose[left]
    np.testing.assert_allclose(shoulders / np.linalg.norm(shoulders), [1, 0, 0], atol=1e-5)
    (bottom,), (top,) = get_layout(layout).spine
    pose[right] = pose[left]  # without shoulders, there is no second rotation
    spine = pose[top] - pose[bottom]
    again = alignment(pose, get_layout(layout)) @ spine
    np.testing.assert_allclose(again / np.linalg.norm(again), [0, 0, 1], atol=1e-5)


# ---- yaw and every frame -------------------------------------------------------------------------------------------


def rotate_about(up, angle):
    """Rotation by an angle about the vertical axis."""
    a, b = (0, 2) if up == 'y' else (0, 1)
    rotation = np.eye(3)
    rotation[[a, b], [a, b]] = np.cos(angle)
    rotation[a, b], rotation[b, a] = -np.sin(angle), np.sin(angle)
    return rotation


@pytest.mark.parametrize('up', ['y', 'z'])
@pytest.mark.parametrize('align_frame', ['first', 'every'])
def test_yaw_turns_shoulders_parallel_to_x_and_keeps_heights(up, align_frame):
    keypoint = sequence()
    turned = center(keypoint, align='yaw', align_frame=align_frame, up=up)
    moved = center(keypoint)
    height, side = ('xyz'.index(up), 2 if up == 'y' else 1)
    np.testing.assert_allclose(turned[..., height], moved[..., height], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(moved, axis=-1), rtol=1e-5)
    frames = slice(None) if align_frame == 'every' else slice(0, 1)
    shoulders = turned[0, frames, 8] - turned[0, frames, 4]
    np.testing.assert_allclose(shoulders[:, side], 0, atol=1e-6)
    assert (shoulders[:, 0] > 0).all()
    # handedness stays, so the rest is the same rotation of both persons
    first, second = (np.linalg.lstsq(a[0], b[0], rcond=None)[0] for a, b in zip(moved, turned))
    np.testing.assert_allclose(first, second, atol=1e-4)
    assert np.linalg.det(first) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize('up', ['y', 'z'])
def test_yaw_removes_the_direction_of_the_persons(up):
    keypoint = sequence()
    aligned = center(keypoint, align='yaw', up=up)
    for angle in (0.5, np.pi, -2):
        rotated = (keypoint @ rotate_about(up, angle).T).astype(np.float32)
        np.testing.assert_allclose(center(rotated, align='yaw', up=up), aligned, atol=1e-5)


def test_opposite_and_vertical_shoulders():
    keypoint = sequence(num_persons=1, num_frames=1)
    keypoint[0, 0, 8] = keypoint[0, 0, 4] - np.float32([2, 0, 0])  # a half turn
    turned = center(keypoint, align='yaw')
    np.testing.assert_allclose(turned[0, 0, 8] - turned[0, 0, 4], [2, 0, 0], atol=1e-6)
    keypoint[0, 0, 8] = keypoint[0, 0, 4] + np.float32([0, 2, 0])
    np.testing.assert_array_equal(center(keypoint, align='yaw'), center(keypoint))


@pytest.mark.parametrize('align', ['yaw', 'full'])
def test_every_frame_is_aligned_like_a_first_one(align):
    """Frames without the leading person are rotated like the frame before."""
    keypoint = sequence(num_frames=6)
    keypoint[0, :2] = keypoint[0, 4] = 0
    aligned = center(keypoint, frame='none', align=align, align_frame='every')
    for t, deciding in enumerate([2, 2, 2, 3, 3, 5]):
        pair = np.stack([keypoint[:, deciding], keypoint[:, t]], axis=1)
        expected = center(pair, frame='none', align=align)[:, 1]
        np.testing.assert_allclose(aligned[:, t], expected, atol=1e-6)


def test_full_alignment_to_another_vertical():
    keypoint = sequence()
    transform = CenterSkeleton('nturgb+d', align='full', up='y')
    pose = transform(dict(keypoint=keypoint))['keypoint'][0, 0]
    shoulders = pose[8] - pose[4]
    np.testing.assert_allclose(shoulders / np.linalg.norm(shoulders), [1, 0, 0], atol=1e-5)
    pose[8] = pose[4]  # without shoulders, there is no second rotation
    spine = alignment(pose, get_layout('nturgb+d'), 'y') @ (pose[1] - pose[0])
    np.testing.assert_allclose(spine / np.linalg.norm(spine), [0, 1, 0], atol=1e-5)


@pytest.mark.parametrize(('old', 'new'), [(True, 'full'), (False, 'none')])
def test_booleans(old, new):
    keypoint = sequence()
    np.testing.assert_array_equal(center(keypoint, align=old), center(keypoint, align=new))


def test_preprocessing_of_pcm3():
    """Cut, padded in loops, every frame centered on person 0, rotated by person 0's first frame."""
    keypoint = sequence()
    keypoint[0, :2] = 0
    keypoint[1, 5:] = 0
    padded = np.stack([keypoint[0, [*range(2, 12), 2, 3]], keypoint[1, [0, 1, 2, 3, 4] * 2 + [0, 1]]])
    expected = padded - padded[:1, :, 1:2]
    expected = expected @ alignment(expected[0, 0], get_layout('nturgb+d')).T
    prepared = center(PadEmptyFrames()(dict(keypoint=keypoint))['keypoint'], frame='every', align=True)
    np.testing.assert_allclose(prepared, expected, rtol=0, atol=2e-6)


def test_frame_none_only_rotates():
    keypoint = sequence()
    np.testing.assert_array_equal(center(keypoint, frame='none'), keypoint)
    turned = center(keypoint, frame='none', align=True)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(keypoint, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(turned - turned[0, 0, 1], ours_for_prenormalize(keypoint)['keypoint'], atol=2e-5)


def test_2d_alignment_is_rejected():
    for call in (
        lambda: CenterSkeleton('coco', align=True),
        lambda: CenterSkeleton('coco', align='yaw'),
        lambda: CenterSkeleton(align=True)(dict(keypoint=sequence(layout='coco'), layout='coco')),
    ):
        with pytest.raises(ValueError, match="layout 'coco' has 2 coordinates; use align='none'"):
            call()


def test_bad_arguments_are_rejected():
    with pytest.raises(ValueError, match="frame must be 'first', 'every' or 'none', got 'last'"):
        CenterSkeleton(frame='last')
    with pytest.raises(ValueError, match="joint must be 'center' or 'hips', got 'nose'"):
        CenterSkeleton(joint='nose')
    with pytest.raises(ValueError, match="absent must be 'frame', 'joint' or None, got 'person'"):
        CenterSkeleton(absent='person')
    with pytest.raises(ValueError, match="align must be 'none', 'yaw' or 'full', got 'roll'"):
        CenterSkeleton(align='roll')
    with pytest.raises(ValueError, match="align_frame must be 'first' or 'every', got 'last'"):
        CenterSkeleton(align='yaw', align_frame='last')
    with pytest.raises(ValueError, match="up must be 'y', 'z' or None, got 'x'"):
        CenterSkeleton(align='yaw', up='x')
    for kwargs in (dict(align_frame='every'), dict(up='y')):
        with pytest.raises(ValueError, match="no effect without a rotation; set align='yaw' or 'full'"):
            CenterSkeleton(**kwargs)
    with pytest.raises(ValueError, match="origin must be 'leader' or 'persons', got 'all'"):
        CenterSkeleton(origin='all')
    with pytest.raises(ValueError, match="origin='persons' has no effect without a translation; set frame='first'"):
        CenterSkeleton(frame='none', origin='persons')
    with pytest.raises(KeyError, match="unknown skeleton layout 'ntu'"):
        CenterSkeleton('ntu')


@pytest.mark.parametrize('frame', ['first', 'every'])
def test_origin_between_the_persons(frame):
    """The mean of the center joints of those who are present; in which order they are stored does not matter."""
    keypoint = np.random.rand(3, 5, 15, 3).astype(np.float32) + 0.1
    keypoint[1], keypoint[2, :2], keypoint[:, 3] = 0, 0, 0
    center = get_layout('sbu').center
    transform = CenterSkeleton('sbu', frame, origin='persons')
    found = transform(dict(keypoint=keypoint.copy()))['keypoint']
    pair = (keypoint[0, :, center] + keypoint[2, :, center]) / 2
    origin = np.where(np.arange(5)[:, None] < 2, keypoint[0, :, center], pair)
    expected = keypoint - (origin[:1] if frame == 'first' else origin)[None, :, None]
    expected[~keypoint.any(axis=(2, 3))] = 0
    np.testing.assert_allclose(found, expected, atol=1e-6)
    if frame == 'every':
        exchanged = transform(dict(keypoint=keypoint[[2, 1, 0]]))['keypoint']
        np.testing.assert_allclose(exchanged[[2, 1, 0]], found, atol=1e-6)


def test_repr():
    expected = "CenterSkeleton(layout='sbu', frame='every', align='full', absent='joint', "
    expected += "align_frame='first', up='z', origin='leader')"
    assert repr(CenterSkeleton('sbu', 'every', align=True)) == expected
    assert (
        repr(CenterSkeleton())
        == "CenterSkeleton(layout=None, frame='first', align='none', absent='frame', origin='leader')"
    )
    assert repr(CenterSkeleton(joint='hips')).endswith("origin='leader', joint='hips')")


def test_british_spelling_still_builds():
    with pytest.warns(DeprecationWarning, match='CentreSkeleton is deprecated'):
        transform = TRANSFORMS.build(dict(type='CentreSkeleton', layout='sbu'))
    assert type(transform) is CenterSkeleton
