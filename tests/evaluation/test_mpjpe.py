"""MPJPE against hand-computed cases."""

import pickle

import pytest
import torch
from mmaction.registry import METRICS

from mamp_plugin.evaluation import MPJPE

#: Frames of history and to predict.
HISTORY, HORIZON = 3, 4


def walk(speed, persons=1):
    """Return persons whose joints move along x at a constant speed, never at the origin, ``(M, T, V, C)``."""
    sequence = torch.ones(persons, HISTORY + HORIZON, 5, 3)
    sequence[..., 0] += speed * torch.arange(HISTORY + HORIZON)[:, None]
    return sequence


def evaluate(sequences, offsets, **kwargs):
    """Evaluate predictions displaced along y by the offset of each frame, in batches of two."""
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


def test_baselines_are_exact_on_static_sequences():
    found = evaluate([walk(0)], [0.1])
    assert found['mpjpe/constant_pose_4'] == found['mpjpe/constant_velocity_4'] == 0
    assert found['mpjpe/4'] == pytest.approx(100)


def test_scale():
    assert evaluate([walk(0.5)], [0.25], scale=1)['mpjpe/1'] == pytest.approx(0.25)


def test_every_person_counts_once():
    """Errors of 1, 3 and twice 4 over 4 persons."""
    pair, alone = walk(0, persons=2), walk(0, persons=2)
    alone[1] = 0
    assert evaluate([alone, alone, pair], [1, 3, 4], scale=1)['mpjpe/1'] == 3


def test_person_counts_only_in_frames_with_presence():
    pair = walk(0, persons=2)
    pair[1, HISTORY + 3] = 0
    offset = torch.tensor([1.0, 5.0]).view(2, 1, 1)
    found = evaluate([pair], [offset], scale=1)
    assert (found['mpjpe/1'], found['mpjpe/4']) == (3, 1)


def test_person_absent_from_the_history_does_not_count():
    pair = walk(0, persons=2)
    pair[1, :HISTORY] = 0
    assert evaluate([pair], [torch.tensor([1.0, 5.0]).view(2, 1, 1)], scale=1)['mpjpe/1'] == 1


def test_empty_sequences_are_skipped_and_reported(monkeypatch):
    messages = []
    monkeypatch.setattr('mamp_plugin.evaluation.mpjpe.print_log', lambda message, logger: messages.append(message))
    found = evaluate([walk(0), torch.zeros_like(walk(0)), walk(0)], [1, 7, 3], scale=1)
    assert found['mpjpe/1'] == 2
    assert messages == ['1 of 3 sequences are too short or have no person to predict']


def test_results_are_small_to_gather():
    metric = MPJPE(horizons=[1, 4])
    metric.process(dict(inputs=[walk(0)[None]] * 64), [dict(pred_future=walk(0)[:, HISTORY:]) for _ in range(64)])
    assert len(metric.results) == 64
    assert len(pickle.dumps(metric.results[:1])) < 1000


def test_no_person_at_all():
    with pytest.raises(ValueError, match='none of 1 sequences has a person present 1 frames after the history'):
        evaluate([torch.zeros_like(walk(0))], [1])


def test_horizon_beyond_the_prediction():
    with pytest.raises(ValueError, match='horizon of 5 frames, but the model predicts 4; lower horizons'):
        evaluate([walk(0)], [1], horizons=[5])


@pytest.mark.parametrize('horizons', [[], [0, 2], [-1]])
def test_invalid_horizons(horizons):
    with pytest.raises(ValueError, match='horizons must be frames counted from 1'):
        MPJPE(horizons=horizons)


def test_invalid_scale():
    with pytest.raises(ValueError, match='scale must be positive, got 0'):
        MPJPE(scale=0)


def test_default_horizons_are_the_published_ones():
    assert METRICS.build(dict(type='MPJPE')).horizons == (2, 4, 8, 10, 14, 25)
