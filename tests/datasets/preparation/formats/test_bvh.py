import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.formats.bvh import Bvh

BODY = dict(
    name='bvh_arms',
    joints=['hips', 'head', 'left_arm', 'left_fore_arm', 'right_arm', 'right_fore_arm'],
    parents=['hips', 'hips', 'hips', 'left_arm', 'hips', 'right_arm'],
    center='hips',
    spine=['hips', 'head'],
    shoulders=['left_arm', 'right_arm'],
)
WITH_END = dict(BODY, name='bvh_arms_and_end', joints=[*BODY['joints'], 'head_end'], parents=[*BODY['parents'], 'head'])
NAMES = ['Hips', 'Head', 'LeftArm', 'LeftForeArm', 'RightArm', 'RightForeArm']
ORDERS = [''.join(order) for order in itertools.permutations('XYZ')]
TEXT = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Head
  {
    OFFSET 0 5 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 1 0
    }
  }
  JOINT LeftArm {
    OFFSET 1 4 0
    CHANNELS 1 Zrotation
    JOINT LeftForeArm {
      OFFSET 2 0 0
    }
  }
  JOINT RightArm {
    OFFSET -1 4 0
    CHANNELS 1 Zrotation
    JOINT RightForeArm {
      OFFSET -2 0 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.04
0 0 0 0 0 0  0 0 0  0 0
10 0 0 90 0 0  0 90 0  90 0
"""


def turn(axis, degrees):
    """Return a rotation matrix from its definition."""
    matrix, one, other = np.eye(3), (axis + 1) % 3, (axis + 2) % 3
    matrix[one, one] = matrix[other, other] = np.cos(np.radians(degrees))
    matrix[other, one] = np.sin(np.radians(degrees))
    matrix[one, other] = -matrix[other, one]
    return matrix


def write_bvh(names, parents, offsets, channels, motion):
    """Return the text of a file; a joint has an end site if it has no child."""

    def block(index):
        yield f'{"ROOT" if parents[index] is None else "JOINT"} {names[index]}'
        yield from ('{', 'OFFSET {} {} {}'.format(*offsets[index]))
        yield f'CHANNELS {len(channels[index])} {" ".join(channels[index])}'
        children = [child for child, parent in enumerate(parents) if parent == index]
        for child in children:
            yield from block(child)
        yield from [] if children else ['End Site', '{', 'OFFSET 0 1 0', '}']
        yield '}'

    rows = [' '.join(map(str, row)) for row in motion]
    return '\n'.join(['HIERARCHY', *block(0), 'MOTION', f'Frames: {len(rows)}', 'Frame Time: 0.01', *rows, ''])


def transforms(parents, offsets, channels, row):
    """Return the 4 x 4 matrices of all joints in a frame, as the format defines them."""
    values, found = iter(row), []
    for parent, offset, own in zip(parents, offsets, channels):
        matrix = np.eye(4)
        matrix[:3, 3] = offset
        for channel in own:
            axis, value, step = 'XYZ'.index(channel[0]), next(values), np.eye(4)
            if channel.endswith('rotation'):
                step[:3, :3] = turn(axis, value)
            else:
                step[axis, 3] = value
            matrix = matrix @ step
        found.append(matrix if parent is None else found[parent] @ matrix)
    return found


def test_a_file(recordings):
    ((keypoint, layout, score, name),) = recordings(Bvh, TEXT, WITH_END)
    rest = [[0, 0, 0], [0, 5, 0], [1, 4, 0], [3, 4, 0], [-1, 4, 0], [-3, 4, 0], [0, 6, 0]]
    # moved and turned by 90 degrees; the head is bent forward, the left arm turned once more
    turned = [[10, 0, 0], [5, 0, 0], [6, 1, 0], [4, 1, 0], [6, -1, 0], [6, -3, 0], [5, 0, 1]]
    assert keypoint.shape == (1, 2, 7, 3) and keypoint.dtype == np.float32
    np.testing.assert_allclose(keypoint[0], [rest, turned], atol=1e-6)
    assert (layout, score, name) == ('bvh_arms_and_end', None, '')


def test_the_layout_of_the_page(recordings):
    page = (Path(__file__).parents[4] / 'docs' / 'data' / 'recordings.md').read_text(encoding='utf-8')
    layout = json.loads(page.split('```json')[1].split('```')[0])
    arm, leg = ('Shoulder', 'Arm', 'ForeArm', 'Hand'), ('UpLeg', 'Leg', 'Foot', 'ToeBase')
    limbs = [side + joint for limb in (arm, leg) for side in ('Left', 'Right') for joint in limb]
    names = ['Hips', 'Spine', 'Spine1', 'Neck', 'Head', *limbs]
    parents = [None, 0, 1, 2, 3, 2, 5, 6, 7, 2, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19]
    motion = np.random.default_rng(0).uniform(-90, 90, (2, 3 * len(names)))
    text = write_bvh(names, parents, [(1, 2, 3)] * 21, [['Zrotation', 'Xrotation', 'Yrotation']] * 21, motion)
    ((keypoint, *_),) = recordings(Bvh, text, layout)
    assert keypoint.shape == (1, 2, 16, 3)
    ((renamed, *_),) = recordings(Bvh, text.replace('JOINT ', 'JOINT mixamorig:'), layout)
    np.testing.assert_array_equal(renamed, keypoint)


@pytest.mark.parametrize('seed', range(6))
def test_random_trees_and_orders(recordings, seed):
    draw, parents = np.random.default_rng(seed), [None, 0]
    for joint in range(2, len(NAMES)):
        path = [joint - 1]  # a child of the joint before it, or of one of its ancestors
        while path[-1]:
            path.append(parents[path[-1]])
        parents.append(int(draw.choice(path)))
    rotations = [[f'{axis}rotation' for axis in draw.permutation(list('XYZ'))][: draw.integers(1, 4)] for _ in NAMES]
    channels = [['Yposition', 'Zposition', 'Xposition', *(f'{axis}rotation' for axis in ORDERS[seed])], *rotations[1:]]
    offsets, motion = draw.normal(0, 5, (6, 3)), draw.uniform(-180, 180, (4, sum(map(len, channels))))
    offsets[0] = 0
    expected = [[matrix[:3, 3] for matrix in transforms(parents, offsets, channels, row)] for row in motion]
    ((keypoint, *_),) = recordings(Bvh, write_bvh(NAMES, parents, offsets, channels, motion), BODY)
    np.testing.assert_allclose(keypoint[0], expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize('replaced', [True, False])
def test_positions_of_every_joint(recordings, replaced):
    """Bones keep their length, whether positions replace the offsets or are added to them."""
    draw, parents = np.random.default_rng(0), [None, 0, 0, 2, 0, 4]
    offsets = draw.normal(0, 5, (6, 3))
    channels = [[*(f'{axis}position' for axis in 'XYZ'), *(f'{axis}rotation' for axis in 'ZXY')]] * 6
    motion = draw.uniform(-180, 180, (4, 6, 6))
    motion[:, :, :3] = offsets if replaced else 0
    text = write_bvh(NAMES, parents, offsets, channels, motion.reshape(4, -1))
    ((keypoint, *_),) = recordings(Bvh, text, BODY)
    lengths = np.linalg.norm(keypoint[0, :, 1:] - keypoint[0][:, parents[1:]], axis=-1)
    np.testing.assert_allclose(lengths, np.tile(np.linalg.norm(offsets[1:], axis=1), (4, 1)), rtol=1e-4)


def test_two_roots_are_two_persons(recordings):
    joints, motion = TEXT.replace('HIERARCHY\n', '').split('MOTION\n')
    head, *rows = motion.rsplit('\n', 3)
    text = '\n'.join(['HIERARCHY', joints, joints, 'MOTION', head, *(f'{row} {row}' for row in rows)])
    ((keypoint, *_),) = recordings(Bvh, text, WITH_END)
    ((single, *_),) = recordings(Bvh, TEXT, WITH_END)
    np.testing.assert_array_equal(keypoint, np.concatenate([single, single]))


@pytest.mark.parametrize(
    'old, new, message',
    [
        (TEXT, '', 'file: expected HIERARCHY in the first line'),
        ('HIERARCHY', 'Hips', 'file: expected HIERARCHY in the first line'),
        (TEXT[300:], '', 'file: the file ends before the first frame; expected MOTION, Frames and Frame Time'),
        ('0 90 0  90 0\n', '', 'file:34: expected 11 values, found 6'),
        ('10 0 0 90 0 0  0 90 0  90 0\n', '', 'file:31: expected 2 frames, found 1 lines'),
        ('10 0 0 90', '10 0 ten 90', "file:34: 'ten' is not a finite number"),
        ('10 0 0 90', '10 0 nan 90', "file:34: 'nan' is not a finite number"),
        ('10 0 0 90', '10 0 0 90 90', 'file:34: expected 11 values, found 12'),
        (
            'Frames: 2',
            'Frames: two',
            "file:31: expected Frames: NUMBER and then Frame Time: SECONDS, found 'Frames: two'",
        ),
        ('Frame Time: 0.04', 'Frame Time: fast', "file:32: 'fast' is not a finite number"),
        ('OFFSET 0 5 0', 'OFFSET 0 5', "file:8: 'OFFSET 0 5' is not expected here; a value or a brace may be missing"),
        ('OFFSET 0 5 0', 'OFFSET 0 5 up', "file:8: 'up' is not a finite number"),
        ('CHANNELS 6', 'CHANNELS 5', "file:5: 'CHANNELS 5 Xposition.* is not expected here"),
        ('CHANNELS 1 Zrotation', 'CHANNELS 1 Wrotation', "file:17: unknown channel 'Wrotation'; known are Xposition"),
        ('JOINT Head\n  {', 'JOINT Head\n', "file:8: expected a brace, found 'OFFSET 0 5 0'"),
        ('OFFSET 0 1 0\n    }', 'OFFSET 0 1 0\n', 'file: the joints end before the last brace is closed'),
        ('}\nMOTION', '}\n}\nMOTION', "file:30: '}' is not expected here"),
        ('JOINT LeftForeArm', 'ROOT LeftForeArm', "file:18: 'ROOT LeftForeArm' is not expected here"),
        (
            'JOINT Head',
            'JOINT Skull',
            'file: no head, head_end, which layout bvh_arms_and_end has; the file has Hips, Skull',
        ),
    ],
)
def test_broken_files(refused, old, new, message):
    assert old in TEXT
    refused(message, Bvh, TEXT.replace(old, new, 1), WITH_END)


def test_no_layout(refused):
    refused('file: name the layout, --layout .* the file has Hips, Head, Head_end, LeftArm,', Bvh, TEXT)


def test_any_line_may_be_missing(recordings):
    """A file without one of its lines is an error of one line, or is read."""
    lines = TEXT.splitlines()
    for index in range(len(lines)):
        try:
            recordings(Bvh, '\n'.join(lines[:index] + lines[index + 1 :]), WITH_END)
        except RawDataError as error:
            assert str(error).startswith('file') and '\n' not in str(error)
