"""Selection of persons: each rule by itself, then all against a literal reimplementation."""

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.formats.ntu_persons import by_energy, by_id
from mamp_plugin.datasets.preparation.formats.ntu_text import Bodies


def walk(first, last, seed=0, width=0.3, speed=0.02):
    """Return a body, about 1.7 high, present in a range of frames: ``{frame: joints}``."""
    draw = np.random.default_rng(seed)
    pose = draw.uniform([-width / 2, -0.85, 2.5], [width / 2, 0.85, 2.7], size=(25, 3))
    way = np.cumsum(draw.normal(0, speed, (last + 1, 1, 3)), axis=0)
    return {frame: (pose + way[frame]).astype(np.float32) for frame in range(first, last + 1)}


def scene(num_frames, *walks):
    """Return the bodies of a file in which body ``i`` moves as ``walks[i]``."""
    seen = [(frame, index) for frame in range(num_frames) for index, body in enumerate(walks) if frame in body]
    frame = np.array([frame for frame, _ in seen], int)
    place = np.array([(frame[:row] == frame[row]).sum() for row in range(len(frame))], int)
    joints = np.array([walks[index][frame] for frame, index in seen], np.float32).reshape(-1, 25, 3)
    return Bodies(num_frames, frame, place, frame + 1, [b'%d' % index for _, index in seen], joints, 0)


def array(body):
    return np.stack(list(body.values()))


class TestById:
    def test_a_single_body_is_kept(self):
        short_and_wide = walk(0, 4, width=5)
        persons = by_id(scene(5, short_and_wide), 'x')
        np.testing.assert_array_equal(persons[0], array(short_and_wide))
        assert not persons[1].any()

    def test_frames_without_bodies_are_cut(self):
        body = walk(0, 30)
        for frame in (0, 5, 6, 30):
            del body[frame]
        np.testing.assert_array_equal(by_id(scene(31, body), 'x')[0], array(body))

    def test_persons_are_sorted_by_motion(self):
        calm, lively = walk(0, 30, seed=1, speed=0.001), walk(0, 30, seed=2, speed=0.1)
        persons = by_id(scene(31, calm, lively), 'x')
        np.testing.assert_array_equal(persons, [array(lively), array(calm)])

    @pytest.mark.parametrize('length, stays', [(11, False), (12, True)])
    def test_short_bodies_are_dropped(self, length, stays):
        persons = by_id(scene(31, walk(0, 30, seed=1), walk(0, length - 1, seed=2, speed=0.001)), 'x')
        assert persons[1].any() == stays

    def test_only_short_bodies_leave_no_person(self):
        persons = by_id(scene(20, walk(0, 10, seed=1), walk(9, 19, seed=2)), 'x')
        assert persons.shape == (2, 0, 25, 3)

    @pytest.mark.parametrize('wide_frames, stays', [(27, True), (28, False), (40, False)])
    def test_wide_bodies_are_dropped(self, wide_frames, stays):
        # 28 of 40 is the first share above 0.69754
        body, wide = walk(0, 39, seed=2, speed=0.001), walk(0, 39, seed=2, width=5, speed=0.001)
        body.update({frame: wide[frame] for frame in range(wide_frames)})
        persons = by_id(scene(40, body, walk(0, 39, seed=1)), 'x')
        assert persons[1].any() == stays

    def test_the_last_body_is_kept_if_wide(self):
        first, second = (walk(0, 39, seed=seed, width=5, speed=0.01 * seed) for seed in (1, 2))
        persons = by_id(scene(40, first, second), 'x')
        np.testing.assert_array_equal(persons[0], array(second))
        assert not persons[1].any()

    def test_motion_ignores_wide_frames(self):
        jumpy, calm = walk(0, 39, seed=1, speed=0.001), walk(0, 39, seed=2, speed=0.02)
        jumpy.update({frame: joints + [3, 0, 0] for frame, joints in walk(0, 9, seed=3, width=5).items()})
        np.testing.assert_array_equal(by_id(scene(40, jumpy, calm), 'x')[0], array(calm))

    def test_a_new_id_continues_a_person(self):
        before, after, other = walk(0, 14, 1, speed=0.1), walk(14, 30, 2, speed=0.05), walk(3, 25, 3, speed=0.01)
        persons = by_id(scene(31, before, after, other), 'x')
        # both cover frame 14; the later one overwrites it
        np.testing.assert_array_equal(persons[0], np.concatenate([array(before)[:14], array(after)]))
        np.testing.assert_array_equal(persons[1, 3:26], array(other))
        assert not persons[1, :3].any() and not persons[1, 26:].any()

    def test_a_third_person_is_dropped(self):
        bodies = [walk(0, 30, seed, speed=speed) for seed, speed in ((1, 0.1), (2, 0.05), (3, 0.01))]
        np.testing.assert_array_equal(by_id(scene(31, *bodies), 'x'), [array(body) for body in bodies[:2]])

    def test_gaps_of_a_body_are_closed(self):
        body, other = walk(0, 39, seed=2, speed=0.001), walk(0, 39, seed=1, speed=0.1)
        for frame in range(10, 20):
            del body[frame]
        persons = by_id(scene(40, body, other), 'x')
        np.testing.assert_array_equal(persons[1, :30], array(body))
        assert not persons[1, 30:].any()

    def test_a_body_twice_in_one_frame(self):
        bodies = scene(20, walk(0, 19), walk(5, 19))
        with pytest.raises(RawDataError, match='^a.skeleton:6: body 7 is twice in one frame'):
            by_id(bodies._replace(ids=[b'7'] * len(bodies.ids)), 'a.skeleton')

    @pytest.mark.parametrize('seed', range(30))
    def test_equals_the_literal_reimplementation(self, seed):
        draw = np.random.default_rng(seed)
        walks = []
        for index in range(draw.integers(1, 6)):
            first = draw.integers(0, 40)
            last = min(first + draw.integers(5, 60), 59)
            body = walk(
                first, last, 100 * seed + index, width=draw.choice([0.3, 1, 1.7, 4]), speed=draw.uniform(0, 0.1)
            )
            walks.append({frame: joints for frame, joints in body.items() if draw.random() < 0.95 or frame == first})
        np.testing.assert_array_equal(by_id(scene(60, *walks), 'x'), literally(60, walks))


def literally(num_frames, walks):
    used = [frame for frame in range(num_frames) if any(frame in body for body in walks)]
    bodies = []
    for body in sorted(walks, key=min):
        joints = array(body)
        begin = used.index(min(body))
        motion = joints.reshape(-1, 3).var(axis=0).sum()
        bodies.append(dict(joints=joints, begin=begin, end=begin + len(joints) - 1, motion=motion))
    if len(bodies) > 1:
        bodies = [body for body in bodies if len(body['joints']) > 11]
        for body in list(bodies):
            if len(bodies) == 1:
                break
            good = [
                joints
                for joints in body['joints']
                if joints[:, 0].max() - joints[:, 0].min() <= 0.8 * (joints[:, 1].max() - joints[:, 1].min())
            ]
            bad = len(body['joints']) - len(good)
            if bad / len(body['joints']) >= 0.69754:
                bodies = [other for other in bodies if other is not body]
            elif bad:
                body['motion'] = min(body['motion'], np.reshape(good, (-1, 3)).var(axis=0).sum())
        bodies.sort(key=lambda body: -body['motion'])
    persons = np.zeros((2, len(used), 25, 3), np.float32)
    spans = {}
    for body in bodies:
        for person in (0, 1):
            begin, end = spans.get(person, (body['begin'], body['begin']) if person == 0 else (0, 0))
            if min(end, body['end']) - max(begin, body['begin']) <= 0:
                persons[person, body['begin'] : body['end'] + 1] = body['joints']
                spans[person] = min(begin, body['begin']), max(end, body['end'])
                break
    return persons[:, [bool(persons[:, frame].any()) for frame in range(len(used))]]


class TestByEnergy:
    def test_two_most_moving_of_the_first_four(self):
        bodies = [walk(0, 9, seed, speed=speed) for seed, speed in enumerate([0.01, 0.2, 0.05, 0.3, 0.9])]
        order = sorted(range(4), key=lambda index: -sum(array(bodies[index])[..., axis].std() for axis in range(3)))
        persons = by_energy(scene(10, *bodies))
        np.testing.assert_array_equal(persons, [array(bodies[index]) for index in order[:2]])

    def test_empty_frames_are_kept_but_not_counted(self):
        # counting the empty frames, at the origin, would put the rare one first
        rare, steady = walk(18, 19, 1, speed=0.001), walk(0, 19, 1, speed=0.05)
        persons = by_energy(scene(20, steady, rare))
        assert persons.shape == (2, 20, 25, 3)
        np.testing.assert_array_equal(persons[0], array(steady))
        assert not persons[1, :18].any()

    def test_persons_follow_the_place_in_the_frame(self):
        first, second = walk(0, 9, 1), walk(5, 19, 2)
        persons = by_energy(scene(20, first, second))
        together = np.concatenate([array(first), array(second)[5:]])
        assert any((person == together).all() for person in persons)
