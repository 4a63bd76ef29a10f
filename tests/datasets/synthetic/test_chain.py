"""Chains of synthetic actions."""

from functools import cache

import numpy as np

from mamp_plugin.datasets.synthetic.actions import ACTIONS, CLASSES
from mamp_plugin.datasets.synthetic.body import JOINTS
from mamp_plugin.datasets.synthetic.chain import NUM_ACTIONS, perform_chain
from mamp_plugin.datasets.synthetic.performance import Subject

TWO_PERSONS = [label for label, action in enumerate(ACTIONS) if action.reach]


@cache
def chain(seed):
    rng = np.random.default_rng(seed)
    return perform_chain(rng, Subject.draw(rng))


def chains(count=12):
    return map(chain, range(count))


def test_segments_are_ordered_and_disjoint():
    for _, stretches, segments in chains():
        assert NUM_ACTIONS[0] <= len(segments) <= NUM_ACTIONS[1]
        assert (segments[:, 1] < segments[:, 2]).all() and (segments[:-1, 2] < segments[1:, 1]).all()
        performances = stretches[::2]
        assert [stretch.start for stretch in stretches[1:]] == [stretch.end for stretch in stretches[:-1]]
        for (label, start, end), stretch in zip(segments, performances):
            assert stretch.start < start and end <= stretch.end
            assert stretch.persons == 1 + (label in TWO_PERSONS)
        assert all(stretch.persons == 1 for stretch in stretches[1::2])


def test_sitting_down_is_followed_by_standing_up():
    sit, stand = CLASSES.index('sit_down'), CLASSES.index('stand_up')
    labels = [segments[:, 0].tolist() for _, _, segments in chains(60)]
    following = [pair for one in labels for pair in zip(one, one[1:])]
    assert all(one[0] != stand for one in labels)
    assert all((before == sit) == (after == stand) for before, after in following)
    assert any(before == after for before, after in following)
    assert set(np.concatenate(labels)) == set(range(len(ACTIONS)))


def test_movement_is_smooth_and_largest_within_segments():
    hands = [JOINTS.index(f'{side}_{joint}') for side in ('left', 'right') for joint in ('hand', 'knee')]
    inside, outside = [], []
    for bodies, stretches, segments in chains():
        steps = np.linalg.norm(np.diff(bodies[0], axis=2), axis=0)
        moves = np.linalg.norm(np.diff(bodies[0][:, hands] - bodies[0][:, :1], axis=2), axis=0).mean(axis=0)
        acting = np.zeros(stretches[-1].end - 1, dtype=bool)
        for _, start, end in segments:
            acting[start : end - 1] = True
        assert steps[:, ~acting].max() < 0.2  # transitions are continuous
        inside.append(moves[acting].mean())
        outside.append(moves[~acting].mean())
    assert np.mean(inside) > 2 * np.mean(outside)


def test_bones_keep_their_lengths():
    elbow, wrist = JOINTS.index('left_elbow'), JOINTS.index('left_wrist')
    for bodies, stretches, _ in chains(4):
        for start, end, persons in stretches:
            lengths = np.linalg.norm(
                bodies[:persons, :, elbow, start:end] - bodies[:persons, :, wrist, start:end], axis=1
            )
            assert (np.ptp(lengths, axis=1) < 1e-4).all() and (lengths > 0.15).all()


def test_two_persons_face_each_other_within_reach():
    sides = [JOINTS.index(f'{side}_shoulder') for side in ('left', 'right')]
    found = 0
    for bodies, stretches, _ in chains(30):
        for start, _, persons in stretches:
            if persons == 1:
                continue
            (left, right), hips = bodies[:, ::2, sides, start].transpose(2, 0, 1), bodies[:, ::2, 0, start]
            across = left - right
            ahead = np.stack((-across[:, 1], across[:, 0]), axis=1)  # to the left, turned by a quarter
            towards = hips[::-1] - hips
            assert 0.5 < np.linalg.norm(towards[0]) < 1.6
            cosine = (ahead * towards).sum(axis=1) / np.linalg.norm(ahead, axis=1) / np.linalg.norm(towards, axis=1)
            assert (cosine > 0.8).all()
            found += 1
    assert found > 10
