import io
import sys
import warnings

import numpy as np
import pytest

from mamp_plugin.datasets.preparation.formats.c3d import C3d

LAYOUT = dict(
    name='markers',
    joints=['sacrum', 'c7', 'lsho', 'rsho'],
    parents=['sacrum', 'sacrum', 'c7', 'c7'],
    center='sacrum',
    spine=['sacrum', 'c7'],
    shoulders=['lsho', 'rsho'],
)
LABELS = ['RSHO', 'LSHO', 'C7', '*12', 'Sacrum']
PLACES = [4, 2, 1, 0]
POINTS = np.random.default_rng(0).normal(0, 500, (6, 5, 3)).astype(np.float32)


@pytest.fixture()
def c3d():
    return pytest.importorskip('c3d')


@pytest.fixture()
def written(c3d):
    """Return the bytes of a file; ``unseen`` are pairs of frame and marker."""

    def write(labels=LABELS, points=POINTS, units='mm', unseen=(), scale=-1.0):
        writer = c3d.Writer(point_rate=100.0, point_units=units, point_scale=scale)
        writer.set_point_labels(labels)
        full = np.concatenate([points, np.zeros((*points.shape[:2], 2), np.float32)], axis=2)
        for frame, marker in unseen:
            full[frame, marker, 3] = -1
        writer.add_frames([(frame, np.zeros((0, 0))) for frame in full])
        file = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            writer.write(file)
        return file.getvalue()

    return write


@pytest.mark.parametrize(('units', 'meters'), [('mm', 1e-3), ('MM  ', 1e-3), ('cm', 1e-2), ('m', 1.0)])
def test_markers_by_name_in_meters(recordings, written, units, meters):
    ((keypoint, layout, score, name),) = recordings(C3d, written(units=units), LAYOUT)
    np.testing.assert_allclose(keypoint, POINTS[None][:, :, PLACES] * meters, rtol=1e-5)
    assert (keypoint.dtype, layout, score, name) == (np.float32, 'markers', None, '')


def test_unseen_markers_are_zero(recordings, written):
    points = POINTS.copy()
    points[3, 0] = np.nan
    ((keypoint, *_),) = recordings(C3d, written(points=points, unseen=[(1, 2), (1, 3)]), LAYOUT)
    expected = POINTS[None][:, :, PLACES] / 1000
    expected[0, 1, 1] = expected[0, 3, 3] = 0
    np.testing.assert_allclose(keypoint, expected, rtol=1e-5)


def test_integers(recordings, written):
    points = np.round(POINTS)
    ((keypoint, *_),) = recordings(C3d, written(points=points, scale=1.0), LAYOUT)
    np.testing.assert_allclose(keypoint[0], points[:, PLACES] / 1000, rtol=1e-5)


def test_subjects_are_persons(recordings, written):
    """A subject without any of the markers, such as a ball, is no person."""
    labels = [f'{subject}:{label}' for subject in ('Anna', 'Ben') for label in LABELS] + ['Ball:1']
    points = np.concatenate([POINTS, POINTS + 1, POINTS[:, :1]], axis=1)
    ((keypoint, *_),) = recordings(C3d, written(labels, points), LAYOUT)
    np.testing.assert_allclose(keypoint, np.stack([POINTS, POINTS + 1])[:, :, PLACES] / 1000, rtol=1e-4)
    ((single, *_),) = recordings(C3d, written(labels[:5]), LAYOUT)
    np.testing.assert_allclose(single, keypoint[:1], rtol=1e-5)


def _cut(size):
    return lambda written: written()[:size]


@pytest.mark.parametrize(
    'content, message',
    [
        (_cut(0), 'file is not a readable .c3d file: '),
        (_cut(300), 'file is not a readable .c3d file: '),
        (_cut(700), 'file is not a readable .c3d file: |file: no labeled markers'),
        (_cut(-512), 'file: expected 6 frames, found [0-5]; the file is truncated'),
        (lambda written: b'HIERARCHY\n' * 200, 'file is not a readable .c3d file: '),
        (lambda written: written(units='inch'), "file: POINT:UNITS is 'inch'; expected mm, cm or m"),
        (
            lambda written: written(LABELS[1:] + ['HEAD']),
            r'file: no rsho, .* the file has LSHO, C7, \*12, Sacrum, HEAD$',
        ),
        (lambda written: written(LABELS[:4]), r'file: no sacrum, .* the file has RSHO, LSHO, C7, \*12$'),
        (
            lambda written: written(['a', 'b', 'c', 'd', 'e']),
            'file: no sacrum, c7, lsho, rsho, which layout markers has',
        ),
        (lambda written: written([*LABELS[:3], 'C 7', 'Sacrum']), "file: 'C7' and 'C 7' are both c7; rename one"),
        (
            lambda written: written([f'Anna:{label}' for label in LABELS] + ['Ben:C7'], POINTS[:, [0, 1, 2, 3, 4, 2]]),
            'file: no sacrum, lsho, rsho, .* the file has Ben:C7$',
        ),
        (lambda written: written([''] * 5), 'file: no sacrum, c7'),
    ],
)
def test_broken_files(refused, written, content, message):
    refused(message, C3d, content(written), LAYOUT)


def test_no_layout(refused, written):
    refused(r'file: name the layout, --layout .* the file has RSHO, LSHO, C7, \*12, Sacrum$', C3d, written())


def test_damaged_bytes(recordings, written, refused):
    """Damaged files are errors of one line, or are read."""
    draw = np.random.default_rng(0)
    for _ in range(60):
        content = np.frombuffer(written(), np.uint8).copy()
        content[draw.integers(0, 1500, 4)] = draw.integers(0, 256, 4)
        try:
            recordings(C3d, content.tobytes(), LAYOUT)
        except ValueError:
            refused('file', C3d, content.tobytes(), LAYOUT)


def test_without_the_package(refused, monkeypatch):
    monkeypatch.setitem(sys.modules, 'c3d', None)
    refused(r"file: .*c3d.*; run pip install 'mamp-plugin\[c3d\]'", C3d, b'', LAYOUT)
