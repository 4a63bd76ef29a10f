"""Figures of data sets."""

import pickle

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.inspection import inspect_source
from mamp_plugin.datasets.annotations.source import AnnotationFile
from mamp_plugin.skeletons import LAYOUTS

pytest.importorskip('matplotlib')

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


def test_sequences_have_a_row_each_with_name_and_class():
    layout = LAYOUTS['sbu']
    figure = sequences_figure(annotations_of(layout), layout)
    assert [panel.get_ylabel() for panel in figure.axes[::8]] == [f'$odd^name{n}\nclass {n}' for n in range(3)]


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
