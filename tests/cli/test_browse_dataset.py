"""tools/browse_dataset.py draws stored sequences and the views of the pipeline."""

import pytest

from mamp_plugin.cli import browse_dataset

pytest.importorskip('matplotlib')
FEW = ('--cfg-options', '+train_dataloader.dataset.num_subjects=2')


@pytest.mark.parametrize(
    ('config', 'rows'),
    [('mamp_synthetic', ['draw 1', 'draw 2']), ('pcm3_synthetic', ['view 1', 'view 2', 'view 3'])],
)
def test_a_row_for_each_view(config, rows, run_tool, tmp_path, monkeypatch):
    drawn = []

    def remember(strips, *rest):
        drawn.append([strip.title for strip in strips])
        return real(strips, *rest)

    real = browse_dataset.strips_figure
    monkeypatch.setattr(browse_dataset, 'strips_figure', remember)
    arguments = (f'configs/{config}.py', '--number', 1, '--frames', 2, '--out', tmp_path / 'new', *FEW)
    assert run_tool('browse_dataset.py', *arguments).startswith('drawn: ')
    assert drawn == [['stored', *rows]]
    (path,) = (tmp_path / 'new').glob('*.png')
    assert path.read_bytes()[:4] == b'\x89PNG' and path.name.startswith('0_S001')


def test_missing_config_and_unknown_settings_are_refused(run_tool, tmp_path):
    assert 'config file x.py does not exist' in str(run_tool('browse_dataset.py', 'x.py', '--out', tmp_path)[1])
    wrong = run_tool('browse_dataset.py', 'configs/mamp_synthetic.py', '--out', tmp_path, '--cfg-options', 'model.x=1')
    assert 'has no key model.x' in str(wrong[1])
