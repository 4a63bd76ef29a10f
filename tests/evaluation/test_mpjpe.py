"""MPJPE against cases worked out by hand."""

import pickle

import pytest
import torch
from mmaction.registry import METRICS

from mamp_plugin.evaluation import MPJPE

#: History of 3 frames, 4 to predict; 5 joints.
HISTORY, HORIZON = 3, 4


def walk(speed, persons=1):
    """Every joint moves along x at a constant speed and is never at the origin, ``(M, T, V, C)``."""
    sequence = torch.ones(persons, HISTORY + HORIZON, 5, 3)
    sequence[..., 0] += speed * torch.arange(HISTORY + HORIZON)[:, None]
    return sequence


def evaluate(sequences, offsets, **kwargs):
    """The metric for predictions that are off along y by so much in each frame, in batches of two."""
    metric = MPJPE(**dict(dict(horizons=[1, 4]), **kwargs))
    for begin in range(0, len(sequences), 2):
        inputs = [sequence[None] for sequence in sequences[begin : begin + 2]]
        samples = []
        for sequence, offset in zip(sequences[begin:], offsets[begin : begin + 2]):
            future = sequence[:, HISTORY:].clone()
            future[..., 1] += offset
            samples.append(dict(pred_future=future))
        metric.process(dict(inputs=inputs), samples)
    return metric.evaluate(len(sequences))


def test_errors_of_prediction_and_baselines_in_millimetres():
    found = evaluate([walk(0.5)], [torch.tensor([0.1, 0.2, 0.3, 0.4])[:, None]])
    assert found == pytest.approx(
        {
            'mpjpe/1': 100,
            'mpjpe/4': 400,
            'mpjpe/constant_pose_1': 500,
            'mpjpe/constant_pose_4': 2000,
            'mpjpe/constant_velocity_1': 0,
            'mpjpe/constant_velocity_4': 0,
        },
        abs=1e-3,
    )


def test_a_still_sequence_needs_no_learning():
    found = evaluate([walk(0)], [0.1])
    assert found['mpjpe/constant_pose_4'] == found['mpjpe/constant_velocity_4'] == 0
    assert found['mpjpe/4'] == pytest.approx(100)


def test_scale():
    assert evaluate([walk(0.5)], [0.25], scale=1)['mpjpe/1'] == pytest.approx(0.25)


def test_every_person_counts_once_wherever_they_are():
    """One off by 1, one by 3 and a pair by 4: 12 over 4 persons."""
    pair, alone = walk(0, persons=2), walk(0, persons=2)
    alone[1] = 0
    assert evaluate([alone, alone, pair], [1, 3, 4], scale=1)['mpjpe/1'] == 3


def test_a_person_counts_in_the_frames_they_are_in():
    pair = walk(0, persons=2)
    pair[1, HISTORY + 3] = 0
    offset = torch.tensor([1.0, 5.0]).view(2, 1, 1)
    found = evaluate([pair], [offset], scale=1)
    assert (found['mpjpe/1'], found['mpjpe/4']) == (3, 1)


def test_a_person_who_was_never_seen_does_not_count():
    pair = walk(0, persons=2)
    pair[1, :HISTORY] = 0
    assert evaluate([pair], [torch.tensor([1.0, 5.0]).view(2, 1, 1)], scale=1)['mpjpe/1'] == 1


def test_sequences_without_anybody_are_left_out_and_reported(monkeypatch):
    messages = []
    monkeypatch.setattr('mamp_plugin.evaluation.mpjpe.print_log', lambda message, logger: messages.append(message))
    found = evaluate([walk(0), torch.zeros_like(walk(0)), walk(0)], [1, 7, 3], scale=1)
    assert found['mpjpe/1'] == 2
    assert messages == ['1 of 3 sequences are too short or have nobody to predict']


def test_what_travels_between_processes_is_small():
    metric = MPJPE(horizons=[1, 4])
    metric.process(dict(inputs=[walk(0)[None]] * 64), [dict(pred_future=walk(0)[:, HISTORY:]) for _ in range(64)])
    assert len(metric.results) == 64
    assert len(pickle.dumps(metric.results[:1])) < 1000


def test_nobody_at_all():
    with pytest.raises(ValueError, match='in none of 1 sequences is anybody there 1 frames after the history'):
        evaluate([torch.zeros_like(walk(0))], [1])


def test_more_frames_than_are_predicted():
    with pytest.raises(ValueError, match='error after 5 frames, but the model predicts 4; set horizons'):
        evaluate([walk(0)], [1], horizons=[5])


@pytest.mark.parametrize('horizons', [[], [0, 2], [-1]])
def test_bad_horizons(horizons):
    with pytest.raises(ValueError, match='horizons must be numbers of frames from 1 on'):
        MPJPE(horizons=horizons)


def test_bad_scale():
    with pytest.raises(ValueError, match='scale must be positive, got 0'):
        MPJPE(scale=0)


def test_the_published_horizons_are_the_default():
    assert METRICS.build(dict(type='MPJPE')).horizons == (2, 4, 8, 10, 14, 25)
