"""Figures of data sets."""

import pickle
import runpy
import sys

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.inspection import inspect_source
from mamp_plugin.datasets.annotations.source import AnnotationFile
from mamp_plugin.skeletons import LAYOUTS

pytest.importorskip('matplotlib')

from mamp_plugin.visualization import data_figures
from mamp_plugin.visualization.data_figures import draw_findings, sequences_figure


def annotations_of(layout, count=3, persons=2):
    shape = persons, 12, layout.num_joints, layout.dims
    return [
        dict(frame_dir=f'$odd^name{number}', label=number, total_frames=12, keypoint=np.random.rand(*shape))
        for number in range(count)
    ]


@pytest.fixture()
def inspect(tmp_path):
    def inspect(annotations, **splits):
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(dict(split=splits, annotations=annotations)))
        source = AnnotationFile(tmp_path / 'x.pkl')
        return inspect_source(source), source.annotation

    return inspect


@pytest.mark.parametrize('layout', LAYOUTS.values(), ids=lambda layout: layout.name)
def test_all_bones_of_all_persons_are_drawn(layout):
    annotations = annotations_of(layout, count=1)
    figure = sequences_figure(annotations, layout)
    panels = figure.axes
    assert {len(panel.lines) for panel in panels} == {2 * len(layout.bones)}
    inverted = {panel.yaxis_inverted() for panel in panels}
    assert inverted == {layout.dims == 2}, 'the y axis of pixels points down'


def test_missing_joints_and_persons_are_not_drawn():
    layout = LAYOUTS['nturgb+d']
    annotation = annotations_of(layout, count=1)[0]
    annotation['keypoint'][1] = 0
    annotation['keypoint'][0, -1] = 0
    annotation['keypoint'][0, 0, 3] = np.nan  # the head hangs on the neck only
    panels = sequences_figure([annotation], layout).axes
    assert len(panels[0].lines) == len(layout.bones) - 1
    assert len(panels[1].lines) == len(layout.bones)
    assert not panels[-1].lines and panels[-1].texts[0].get_text() == 'no person'


def test_figures_are_written(tmp_path, inspect):
    findings, read = inspect(annotations_of(LAYOUTS['sbu']), train=['$odd^name0', '$odd^name1'], val=['$odd^name2'])
    paths = draw_findings(findings, read, str(tmp_path / 'new/folder'))
    assert [path.rpartition('/')[2] for path in paths] == ['lengths.png', 'classes.png', 'sequences.png']
    for path in paths:
        with open(path, 'rb') as file:
            assert file.read(4) == b'\x89PNG'


def test_figures_without_data_are_left_out(tmp_path, inspect):
    unknown = [dict(frame_dir='a', total_frames=2, keypoint=np.ones((1, 2, 7, 3)))]
    findings, read = inspect(unknown)
    assert draw_findings(findings, read, str(tmp_path)) == [str(tmp_path / 'lengths.png')]
    findings, read = inspect([])
    assert draw_findings(findings, read, str(tmp_path)) == []


def test_without_matplotlib_the_error_names_the_remedy(monkeypatch):
    for name in [name for name in sys.modules if name.partition('.')[0] == 'matplotlib']:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        ImportError, match="figures need matplotlib, which is not installed; run 'pip install matplotlib'"
    ):
        runpy.run_path(data_figures.__file__)
