import itertools
import json

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import Custom
from mamp_plugin.datasets.preparation.formats.csv_table import CsvTable
from mamp_plugin.skeletons import LAYOUTS

BODY = dict(
    name='stick',
    joints=['hip_center', 'neck', 'left_hand', 'right_hand'],
    parents=['hip_center', 'hip_center', 'neck', 'neck'],
    center='hip_center',
    spine=['hip_center', 'neck'],
    shoulders=['left_hand', 'right_hand'],
)
FLAT = dict(BODY, name='flat_stick', dims=2)
NAMES = ['Pelvis', 'Neck', 'HandLeft', 'R_Hand']
#: Two persons, five frames, coordinates and scores.
VALUES = np.random.default_rng(0).uniform(0.1, 0.9, (2, 5, 4, 4)).round(4)


def text(heading, lines, separator=','):
    return ''.join(separator.join(map(str, line)) + '\n' for line in [heading, *lines])


def wide(persons=2, values='xyz', names=NAMES, frames=range(5), lead=('frame', 'person'), drop=(), times=None):
    """Return a wide table; ``drop`` are pairs of person and frame without a line."""
    heading = [*lead, *(f'{name}_{value}' for name in names for value in values)]
    columns = [dict(x=0, y=1, z=2).get(value, 3) for value in values]
    lines = []
    for frame, person in itertools.product(range(5), range(persons)):
        if (person, frame) not in drop:
            facts = dict(frame=frames[frame], person=f'P{person}', time=times and times[frame], sequence='s')
            lines.append([*(facts[name] for name in lead), *VALUES[person, frame][:, columns].ravel()])
    return heading, lines


def long(persons=2, names=NAMES, frames=range(5), values=('x', 'y', 'z', 'score')):
    columns = [('x', 'y', 'z', 'score').index(value) for value in values]
    lines = [
        [frames[frame], person, names[joint], *VALUES[person, frame, joint, columns]]
        for frame, person, joint in itertools.product(range(5), range(persons), range(4))
    ]
    return ['Frame', 'Person ID', 'Joint', *values], lines


def check(found, persons=2, dims=3, scored=False, name=''):
    (recording,) = found
    np.testing.assert_allclose(recording.keypoint, VALUES[:persons, ..., :dims], rtol=1e-6)
    assert recording.keypoint.dtype == np.float32 and recording.name == name
    if scored:
        np.testing.assert_allclose(recording.score, VALUES[:persons, ..., 3], rtol=1e-6)
    else:
        assert recording.score is None


@pytest.mark.parametrize('separator', [',', ';', '\t'])
@pytest.mark.parametrize('values', [['x', 'y', 'z'], ['z', 'confidence', 'x', 'y']])
def test_wide(recordings, separator, values):
    table = '\ufeff' + text(*wide(values=values), separator).replace('\n', '\r\n')
    check(recordings(CsvTable, table, BODY), scored='confidence' in values)


@pytest.mark.parametrize('separator', [',', ';', '\t'])
def test_long(recordings, separator):
    check(recordings(CsvTable, text(*long(), separator), BODY), scored=True)


def test_two_coordinates(recordings):
    check(recordings(CsvTable, text(*wide(values='xy')), FLAT), dims=2)
    check(recordings(CsvTable, text(*long(values=('x', 'y'))), FLAT), dims=2)


def test_joints_by_index(recordings):
    check(recordings(CsvTable, text(*long(names=range(4))), BODY), scored=True)


@pytest.mark.parametrize('make', [wide, long])
def test_lines_in_any_order(recordings, make):
    heading, lines = make(frames=[7, 9, 11, 13, 15])
    lines = [lines[0], *(lines[1 + index] for index in np.random.default_rng(0).permutation(len(lines) - 1))]
    check(recordings(CsvTable, text(heading, lines), BODY), scored=make is long)


def test_columns_in_any_order(recordings):
    heading, lines = wide()
    order = np.random.default_rng(1).permutation(len(heading))
    lines = [[line[index] for index in order] for line in lines]
    check(recordings(CsvTable, text([heading[index] for index in order], lines), BODY))


@pytest.mark.parametrize('lead', [(), ('time',), ('sequence',), ('sequence', 'time')])
def test_lines_are_frames_where_no_column_numbers_them(recordings, lead):
    table = text(*wide(1, lead=lead, times=[2.5, 2.533, 2.567, 2.6, 2.633]))
    check(recordings(CsvTable, table, BODY), persons=1, name='s' if 'sequence' in lead else '')


def test_other_columns_and_joints_are_ignored(recordings):
    heading, lines = wide(names=[*NAMES])
    lines = [[*line, 'yes', 1, 2, 3] for line in lines]
    check(recordings(CsvTable, text([*heading, 'Tracked', 'Tail_x', 'Tail_y', 'Tail_z'], lines), BODY))
    heading, lines = long()
    lines += [[0, 0, 'Tail', 1, 2, 3, 1]]
    check(recordings(CsvTable, text(heading, lines), BODY), scored=True)


@pytest.mark.parametrize('style', ['{}.{}', '{} {}', '{}-{}', 'body:{}_{}'])
def test_styles_of_headings(recordings, style):
    heading, lines = wide()
    heading = ['Frame', 'PersonID', *(style.format(*name.rsplit('_', 1)) for name in heading[2:])]
    check(recordings(CsvTable, text(heading, lines), BODY))
    heading = ['frame', 'id', *(f'"{name[:-2]}{name[-1].upper()}"' for name in wide()[0][2:])]
    check(recordings(CsvTable, text(heading, lines), BODY))


def test_a_person_is_away_in_the_middle(recordings):
    (recording,) = recordings(CsvTable, text(*wide(drop=[(1, 2), (1, 3)])), BODY)
    expected = VALUES[..., :3].copy()
    expected[1, 2:4] = 0
    np.testing.assert_allclose(recording.keypoint, expected, rtol=1e-6)


def test_frames_without_a_line_are_empty(recordings):
    (recording,) = recordings(CsvTable, text(*wide(1, frames=[3, 6, 9, 15, 18], lead=('frame',))), BODY)
    assert recording.keypoint.shape == (1, 6, 4, 3) and not recording.keypoint[0, 3].any()
    np.testing.assert_allclose(recording.keypoint[0, [0, 1, 2, 4, 5]], VALUES[0, ..., :3], rtol=1e-6)


@pytest.mark.parametrize('empty', ['', 'NaN', ' '])
def test_missing_joints_are_zero(recordings, empty):
    expected = VALUES.copy()
    expected[0, 1, 2] = 0
    heading, lines = wide(1, values=['x', 'y', 'z', 'score'], lead=())
    lines[1][8 + 1] = empty
    (recording,) = recordings(CsvTable, text(heading, lines), BODY)
    np.testing.assert_allclose(recording.keypoint[0], expected[0, ..., :3], rtol=1e-6)
    np.testing.assert_allclose(recording.score[0], expected[0, ..., 3], rtol=1e-6)
    heading, lines = long(1)
    for rows in (lines[:6] + lines[7:], [*lines[:6], [*lines[6][:3], empty, empty, empty, 0.5], *lines[7:]]):
        (recording,) = recordings(CsvTable, text(heading, rows), BODY)
        np.testing.assert_allclose(recording.keypoint[0], expected[0, ..., :3], rtol=1e-6)
        assert not recording.score[0, 1, 2]


def test_a_joint_that_is_never_seen(recordings):
    heading, lines = long(1)
    (recording,) = recordings(CsvTable, text(heading, [line for line in lines if line[2] != 'Neck']), BODY)
    assert not recording.keypoint[:, :, 1].any() and recording.keypoint[:, :, 0].all()


@pytest.mark.parametrize('make', [wide, long])
def test_several_recordings(recordings, make):
    heading, lines = make()
    rows = [[name, *line] for line in lines for name in ('walk', 'run')]
    found = recordings(CsvTable, text(['Video', *heading], rows), BODY)
    assert [recording.name for recording in found] == ['walk', 'run']
    for recording in found:
        np.testing.assert_allclose(recording.keypoint, VALUES[..., :3], rtol=1e-6)


def test_custom_files(write_files, prepared, monkeypatch):
    """The table of labels names the recordings of a file."""
    monkeypatch.setattr('mamp_plugin.skeletons.registry.LAYOUTS', LAYOUTS.copy())
    heading, lines = wide()
    rows = [[name, *line] for line in lines for name in ('walk', 'run')]
    raw = write_files({'moves.tsv': text(['Video', *heading], rows, '\t')})
    layout = write_files({'stick.json': json.dumps(BODY)}, 'layouts') + '/stick.json'
    table = write_files({'labels.csv': 'name,label\nmoves/walk,1\nmoves/run,0\n'}, 'table') + '/labels.csv'
    _, annotations, _ = prepared(Custom([raw], table, layout))
    assert {name: each['label'] for name, each in annotations.items()} == {'moves/walk': 1, 'moves/run': 0}
    np.testing.assert_allclose(annotations['moves/run']['keypoint'], VALUES[..., :3], rtol=1e-6)


@pytest.mark.parametrize('separator', [',', ';', '\t'])
def test_without_heading(recordings, separator):
    rows = VALUES[..., :3].swapaxes(0, 1).reshape(5, -1)
    check(recordings(CsvTable, text(rows[0], rows[1:], separator), BODY))


@pytest.mark.parametrize('heading', [True, False])
def test_decimal_commas(recordings, heading):
    lead, lines = wide(1, lead=())
    check(
        recordings(CsvTable, text(lead if heading else lines[0], lines[not heading :], ';').replace('.', ','), BODY), 1
    )


def broken(make, change=None, **options):
    """Return a table after ``change(heading, lines)``."""
    heading, lines = make(**options)
    lines = [list(line) for line in lines]
    if change:
        change(heading, lines)
    return text(heading, lines)


def put(row, column, value):
    return lambda heading, lines: lines[row].__setitem__(column, value)


@pytest.mark.parametrize(
    ('table', 'message'),
    [
        ('', 'file: expected 4 joints x 3 values per line, .* found 0'),
        ('name\njump\n', 'file:1: expected columns JOINT_x, JOINT_y and so on, or joint, x, y; found name'),
        (text(wide()[0], []), 'file: no lines below the heading'),
        (b'frame,\xff\xfe\n', 'file is not a readable table: '),
        (broken(wide)[:-30], 'file:11: expected 14 values, found [0-9]+'),
        (broken(long)[:-30], 'file:40: expected 7 values|file:41: expected 7 values, found [0-9]'),
        (
            broken(wide, names=NAMES[:3] + ['Tail']),
            'file:1: no right_hand, .* the file has Pelvis, Neck, HandLeft, Tail$',
        ),
        (
            broken(long, names=NAMES[:3] + ['Tail']),
            'file: no right_hand, .* the file has Pelvis, Neck, HandLeft, Tail$',
        ),
        (broken(long, names=range(1, 5)), 'file:5: joint 4, but layout stick has 4 joints, counted from 0'),
        (broken(wide, names=[*NAMES[:3], 'neck']), "file:1: 'Neck' and 'neck' are both neck; rename one"),
        (broken(wide, values='xy'), 'file:1: no column Pelvis_z; expected x, y, z of every joint'),
        (broken(long, values=('x', 'y')), 'file:1: no column z; layout stick has 3 coordinates'),
        (broken(wide, values='xyzz'), 'file:1: two columns for Pelvis_z; keep one'),
        (broken(long, values=('x', 'y', 'z', 'z')), "file:1: 'z' and 'z' both mean z; keep one"),
        (broken(wide, put(2, 3, 'one')), "file:4: 'one' is not a finite number"),
        (broken(long, put(2, 3, 'one')), "file:4: 'one' is not a finite number"),
        (broken(wide, put(2, 3, 'inf')), "file:4: 'inf' is not a finite number"),
        (broken(wide, put(2, 0, 'one')), "file:4: 'one' is not a finite number"),
        (broken(wide, put(2, 0, '1.5')), 'file:4: expected a whole frame number, found 1.5'),
        (broken(wide, put(3, 1, 'P0')), 'file:5: the pose of person P0 in frame 1 stands in line 4 already'),
        (broken(long, put(3, 2, 'Neck')), 'file:5: joint Neck of person 0 in frame 0 stands in line 3 already'),
        (broken(wide, lead=['frame']), 'file:3: the pose in frame 0 stands in line 2 already'),
        (broken(wide, lead=['person']), 'file:1: expected a column frame or time, as lines hold one person or joint'),
        (
            broken(wide, frames=[0, 2, 4, 7, 9]),
            'file:8: frame 7 follows frame 4, though other steps are 2; expected one',
        ),
        (broken(wide, frames=[0, 1, 2, 3, 9000]), 'file:10: frame 9000 follows frame 3, though other steps are 1'),
        (
            broken(wide, persons=1, lead=['time'], times=[0, 0.1, 0.2, 0.4, 0.6]),
            'file:5: the time of a frame is 0.2, but 0.15 elsewhere; expected one frame rate; resample',
        ),
        (
            broken(wide, lead=['frame', 'time', 'person'], times=[0, 40, 80, 90, 130]),
            'file:8: the time of a frame is 10, but 40 elsewhere; expected one frame rate',
        ),
        (broken(wide, lead=['time'], persons=1, times=[0, 1, 1, 2, 3]), 'file:4: the pose in time 1 stands in line 3'),
        (broken(wide, lead=['time'], persons=1, times=[0, 'x', 1, 2, 3]), "file:3: 'x' is not a finite number"),
        (broken(lambda: (wide()[0], [[0, 0, *[''] * 12]])), 'file: no person in any frame'),
    ],
)
def test_broken_tables(refused, table, message):
    refused(message, CsvTable, table, BODY)


def test_scores_of_some_joints(refused):
    heading, lines = wide(1, values=['x', 'y', 'z', 'score'])
    table = text([name.replace('Neck_score', 'Neck_state') for name in heading], lines)
    refused('file:1: no column Neck_score; expected x, y, z, score of every joint', CsvTable, table, BODY)


@pytest.mark.parametrize(
    ('table', 'message'),
    [
        (text(*wide()), 'file:1: name the layout, --layout .* the file has Pelvis, Neck, HandLeft, R_Hand$'),
        (text(*long()), 'file: name the layout, --layout .* the file has Pelvis, Neck, HandLeft, R_Hand$'),
        ('1,2,3\n', 'file does not say its joints; name the layout, --layout NAME or FILE.json'),
    ],
)
def test_no_layout(refused, table, message):
    refused(message, CsvTable, table)
