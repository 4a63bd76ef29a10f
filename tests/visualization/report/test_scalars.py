"""Curves of a run from its logs."""

import json

from mamp_plugin.visualization.report.scalars import Curve, curves_of, join, read_entries, thin


def training(step, **values):
    return dict(values, iter=step, step=step, epoch=1)


def test_lines_that_are_not_whole_are_left_out(tmp_path):
    entries = [training(1, loss=2.0), training(2, loss=float('nan'))]
    lines = [*map(json.dumps, entries), '[1]', '{"loss": 1.0}', '{"loss": 1.5, "ite']
    (tmp_path / 'scalars.json').write_text('\n'.join(lines))
    found = read_entries(tmp_path / 'scalars.json')
    assert [entry['step'] for entry in found] == [1, 2]
    assert curves_of(found) == [Curve('loss', 'iteration', [1, 2], [2.0, None])]


def test_a_resumed_run_replaces_what_it_repeats():
    first = [training(step, loss=1.0) for step in (10, 20, 30)] + [dict(step=step, acc=0.1) for step in (1, 2, 3)]
    again = [training(step, loss=2.0) for step in (15, 25)] + [dict(step=3, acc=0.5)]
    loss, accuracy = curves_of(join([first, again]))
    assert loss == Curve('loss', 'iteration', [10, 15, 25], [1.0, 2.0, 2.0])
    assert accuracy == Curve('acc', 'epoch', [1, 2, 3], [0.1, 0.1, 0.5])


def test_durations_of_validations_and_texts_are_no_curves():
    entries = [training(1, time=0.5, note='x', flag=True), dict(step=1, time=3.0, data_time=2.0, acc=1)]
    assert [(curve.name, curve.axis) for curve in curves_of(entries, by_epoch=False)] == [
        ('time', 'iteration'),
        ('acc', 'iteration'),
    ]


def test_thinned_curves_keep_ends_and_extremes():
    values = [0.0] * 5000
    values[1234], values[4321], values[17] = 9.0, -9.0, None
    (curve,) = thin([Curve('loss', 'iteration', list(range(5000)), values)])
    assert len(curve.x) == len(curve.y) <= 1002
    assert (curve.x[0], curve.x[-1], max(curve.y), min(curve.y)) == (0, 4999, 9.0, -9.0)
    assert curve.x[curve.y.index(9.0)] == 1234
