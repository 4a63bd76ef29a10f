import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.formats import ntu_text
from mamp_plugin.datasets.preparation.formats.ntu_text import read_bodies

#: Two ids that are equal in float64.
IDS = '72057594037944737', '72057594037944738'


@pytest.fixture()
def frames():
    draw = np.random.default_rng(0)
    joints = (draw.normal(size=(4, 25, 3)) * 10.0 ** draw.integers(-6, 2, size=(4, 25, 3))).astype(np.float32)
    return [[], [(IDS[0], joints[0])], [(IDS[1], joints[1]), (IDS[0], joints[2])], [], [(IDS[0], joints[3])]]


def force_checked_lines(monkeypatch):
    def refuse(text, where):
        raise ValueError

    monkeypatch.setattr(ntu_text, '_Lines', refuse)


def same(left, right):
    for one, other in zip(left, right):
        np.testing.assert_array_equal(one, other)


def test_reads_what_was_written(frames, skeleton_text):
    bodies = read_bodies(skeleton_text(frames).encode(), 25, 'x')
    assert bodies.num_frames == 5 and bodies.unread_lines == 0
    assert bodies.frame.tolist() == [1, 2, 2, 4] and bodies.place.tolist() == [0, 0, 1, 0]
    assert bodies.ids == [IDS[0].encode(), IDS[1].encode(), IDS[0].encode(), IDS[0].encode()]
    lines = skeleton_text(frames).splitlines()
    assert [lines[line - 1].split()[0].encode() for line in bodies.line] == bodies.ids
    assert bodies.joints.dtype == np.float32
    expected = [joints for frame in frames for _, joints in frame]
    np.testing.assert_allclose(bodies.joints, expected, rtol=1e-6)


@pytest.mark.parametrize(
    'change',
    [
        lambda text: text,
        lambda text: text.replace('\n', '\r\n'),
        lambda text: text.rstrip('\n'),
        lambda text: text + '\n\n',
        lambda text: text + '7\n8\n',
    ],
)
def test_both_readers_agree(frames, skeleton_text, monkeypatch, change):
    text = change(skeleton_text(frames)).encode()
    monkeypatch.setattr(ntu_text, '_CheckedLines', None)
    at_once = read_bodies(text, 25, 'x')
    monkeypatch.undo()
    force_checked_lines(monkeypatch)
    by_line = read_bodies(text, 25, 'x')
    same(at_once, by_line)
    assert at_once.unread_lines == (2 if b'7\n8' in text else 0)


@pytest.mark.parametrize('change', [('.04 ', '.04  '), (' 2\n', ' 2 \n'), (' 277.4', '\t277.4'), ('1e-5', '-1.#IND')])
def test_unusual_blanks_and_odd_unused_values(frames, skeleton_text, change):
    text = skeleton_text(frames)
    same(read_bodies(text.replace(*change).encode(), 25, 'x'), read_bodies(text.encode(), 25, 'x'))


def test_no_bodies_and_no_frames():
    assert read_bodies(b'2\n0\n0\n', 25, 'x').joints.shape == (0, 25, 3)
    bodies = read_bodies(b'0\n', 25, 'x')
    assert (bodies.num_frames, bodies.ids) == (0, [])


def edit(line, old, new):
    def change(text):
        lines = text.split('\n')
        assert old in lines[line - 1]
        lines[line - 1] = lines[line - 1].replace(old, new, 1)
        return '\n'.join(lines)

    return change


# line 1 frames, 2 no bodies, 3 one body, 4 its id, 5 joints, 6 to 30 joints, 31 two bodies
@pytest.mark.parametrize(
    'change, message',
    [
        (edit(1, '5', 'x'), "1: expected the number of frames, found 'x'"),
        (edit(1, '5', '-5'), "1: expected the number of frames, found '-5'"),
        (edit(1, '5', '6'), r'114: the file ends, expected the number of bodies in the next line'),
        (edit(1, '5', '9' * 5000), r'114: the file ends, expected the number of bodies in the next line'),
        (edit(3, '1', '1.0'), "3: expected the number of bodies, found '1.0'"),
        (edit(3, '1', '2'), '31: expected a body with its id, found 1 values instead of 10'),
        (edit(4, '7205', 'o205'), '4: expected a body with its id, found'),
        (edit(4, ' 2', ''), '4: expected a body with its id, found 9 values instead of 10'),
        (edit(5, '25', '24'), '5: expected 25 joints, found 24'),
        (edit(5, '25', '26'), '5: expected 25 joints, found 26'),
        (edit(6, '.', 'o'), "6: '.*o.*' is not a finite number"),
        (edit(9, '277.4 ', ''), '9: expected a joint, found 11 values instead of 12'),
        (edit(30, ' 277.4', ' 277.4 1'), '30: expected a joint, found 13 values instead of 12'),
        (edit(7, '277.4', '27\x004'), None),
        (lambda text: '\n'.join(text.split('\n')[:60]), '60: the file ends, expected a joint in the next line'),
        (lambda text: '\n'.join(text.split('\n')[:32]), '32: the file ends, expected the number of joints'),
        (lambda text: text[:-20], '114: expected a joint, found 8 values instead of 12'),
        (lambda text: 'PK\x03\x04' + text, '1: expected the number of frames, found'),
        (lambda text: '\n' + text, '1: expected the number of frames, found 0 values instead of 1'),
    ],
)
def test_faults_are_located(frames, skeleton_text, change, message):
    text = change(skeleton_text(frames)).encode()
    if message is None:  # the value is not used
        assert len(read_bodies(text, 25, 'x').ids) == 4
        return
    with pytest.raises(RawDataError, match=f'^a.skeleton:{message}'):
        read_bodies(text, 25, 'a.skeleton')


@pytest.mark.parametrize('value', ['nan', 'inf', '-inf', '1_0', '1,5'])
def test_coordinates_must_be_finite_numbers(frames, skeleton_text, value):
    lines = skeleton_text(frames).split('\n')
    lines[61] = value + lines[61][lines[61].index(' ') :]
    with pytest.raises(RawDataError, match=f"^a.skeleton:62: '{value}' is not a finite number"):
        read_bodies('\n'.join(lines).encode(), 25, 'a.skeleton')
