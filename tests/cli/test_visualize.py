"""tools/analysis_tools/visualize.py draws every picture."""

import numpy as np
import pytest

from mamp_plugin.cli import pictures
from mamp_plugin.evaluation.score_files import save_scores

pytest.importorskip('matplotlib')
TOOL = 'analysis_tools/visualize.py'


@pytest.fixture()
def checkpoint(save_run):
    return save_run('mamp_synthetic')[0]


@pytest.fixture()
def few(monkeypatch):
    """Two subjects of the synthetic data."""
    real = pictures.SyntheticSkeletonDataset
    monkeypatch.setattr(
        pictures, 'SyntheticSkeletonDataset', lambda pipeline, **kwargs: real(pipeline, num_subjects=2, **kwargs)
    )


def kind(path):
    return path.read_bytes()[:4]


@pytest.mark.parametrize('what', ['skeleton', 'mask', 'prediction', 'attention', 'neighbors', 'embedding'])
def test_stills(what, checkpoint, few, run_tool, tmp_path):
    out = tmp_path / 'new/x.png'
    options = ('--limit', 6, '--k', 2, '--frames', 2, '--index', 1)
    assert run_tool(TOOL, checkpoint, '--what', what, '--out', out, *options) == f'drawn: {out}\n'
    assert kind(out) == b'\x89PNG'


def test_moving_picture_of_sequences_without_a_checkpoint(run_tool, tmp_path):
    np.save(tmp_path / 'jump.npy', np.random.rand(3, 25, 3))
    out = tmp_path / 'x.gif'
    run_tool(TOOL, tmp_path / 'jump.npy', '--what', 'skeleton', '--layout', 'nturgb+d', '--out', out)
    assert kind(out) == b'GIF8'


def test_confusion_of_a_score_file(run_tool, tmp_path):
    scores = np.eye(3)[[0, 1, 2, 2]]
    save_scores(str(tmp_path / 'x.npz'), list('abcd'), [0, 1, 2, 1], scores)
    (tmp_path / 'names.txt').write_text('sit\nstand\njump')
    out = tmp_path / 'x.svg'
    run_tool(TOOL, tmp_path / 'x.npz', '--what', 'confusion', '--classes', tmp_path / 'names.txt', '--out', out)
    text = out.read_text()
    assert '75.0 % of 4, mean of classes 83.3 %' in text and 'stand' in text


def test_what_cannot_be_drawn_is_refused(checkpoint, few, run_tool, tmp_path, save_run):
    def error(*arguments):
        text, code = run_tool(TOOL, *arguments)
        assert code == 1
        return text

    png = ('--out', tmp_path / 'x.png')
    assert 'ends in .png, .pdf, .svg, got x.gif' in error(checkpoint, '--what', 'embedding', '--out', 'x.gif')
    assert 'has no sequence 9999; lower --index' in error(checkpoint, '--what', 'mask', '--index', 9999, *png)
    assert 'mask ratio must lie in [0, 1)' in error(checkpoint, '--what', 'mask', '--ratio', 2, *png)
    classifier = save_run('mamp_synthetic', 'linear')[0]
    assert 'has no model.masking' in error(classifier, '--what', 'mask', *png)
    contrastive = save_run('pcm3_synthetic')[0]
    assert 'has a PCM3, which masks no tokens' in error(contrastive, '--what', 'prediction', *png)
