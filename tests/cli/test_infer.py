"""Commands that label sequences, extract features and search in them."""

import json

import numpy as np
import pytest
from mmaction.registry import DATASETS

from mamp_plugin.apis import load_encoder
from mamp_plugin.apis.feature_files import load_features
from mamp_plugin.datasets.annotations.writing import write_annotations


@pytest.fixture()
def data(tmp_path):
    """Write an annotation file of five sequences; return its path and the sequences."""
    samples = list(DATASETS.build(dict(type='SyntheticSkeletonDataset', num_subjects=2, indices=5, pipeline=[])))
    write_annotations(samples, str(tmp_path / 'data.pkl'))
    return tmp_path / 'data.pkl', samples


def test_labels_on_the_screen_and_in_a_file(run_tool, save_run, data, tmp_path):
    checkpoint, _ = save_run('mamp_synthetic', 'linear')
    path, samples = data
    (tmp_path / 'names.txt').write_text('\n'.join(f'move {index}' for index in range(16)))
    options = [path, '--checkpoint', checkpoint, '--classes', tmp_path / 'names.txt', '--top', 2]
    table = run_tool('infer.py', *options).splitlines()
    assert len(table) == 10 and table[0].split()[0] == samples[0]['frame_dir']
    assert run_tool('infer.py', *options, '--out', tmp_path / 'new/a.json') == (
        f'5 sequences written to {tmp_path}/new/a.json\n'
    )
    written = json.loads((tmp_path / 'new/a.json').read_text())
    lines = [
        f'{found["name"]}  {label["score"]:.3f}  {label["class"]}'
        for found in written['predictions']
        for label in found['top']
    ]
    assert table == lines and written['checkpoint'] == checkpoint
    timeline = run_tool('infer.py', *options, '--window', 40, '--stride', 20).splitlines()
    assert ' 0 - ' in timeline[0] and timeline[0].split()[-2] == 'move'


def test_features_and_neighbors(run_tool, save_run, data, tmp_path):
    checkpoint, _ = save_run('mamp_synthetic')
    path, samples = data
    gallery = tmp_path / 'gallery.npz'
    assert run_tool('infer.py', path, '--checkpoint', checkpoint, '--out', gallery).startswith('5 features written to')
    names, features = load_features(str(gallery))
    assert names.tolist() == [sample['frame_dir'] for sample in samples]
    np.testing.assert_allclose(features, load_encoder(checkpoint)(samples), rtol=1e-4, atol=1e-6)

    np.save(tmp_path / 'query.npy', samples[3]['keypoint'])
    search = ['analysis_tools/search.py', tmp_path / 'query.npy', '--gallery', gallery, '--checkpoint', checkpoint]
    query, *found = run_tool(*search, '--k', 3).splitlines()
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit[3]))[:3]
    assert query == 'query' and [line.split()[1] for line in found] == names[order].tolist()
    assert found[0].split() == ['1.0000', names[3]]
    whole = run_tool('analysis_tools/search.py', gallery, '--gallery', gallery, '--k', 9).splitlines()
    assert len(whole) == 5 * (1 + 5) and whole[:: 1 + 5] == names.tolist()

    error, code = run_tool(*search, '--pool', 'parts')
    assert code == 1 and error.startswith('error: the query has features of 320 channels, ') and error.count('\n') == 1


def test_windows_have_their_place_in_the_name(run_tool, save_run, data, tmp_path):
    checkpoint, _ = save_run('pcm3_synthetic')
    options = ['--checkpoint', checkpoint, '--out', tmp_path / 'a.npz', '--window', 100]
    run_tool('infer.py', data[0], *options)
    name = data[1][0]['frame_dir']
    assert load_features(str(tmp_path / 'a.npz')).names[:3].tolist() == [
        f'{name} [0:100]',
        f'{name} [50:150]',
        f'{name} [60:160]',
    ]


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['a.npy', '--checkpoint', 'b.pth', '--out', 'c.txt'], '--out writes labels (.json) or features (.npz), got'),
        (['a.npy', '--checkpoint', 'b.pth', '--stride', '3'], '--stride needs --window'),
        (['a.npy', '--checkpoint', 'b.pth'], 'error: checkpoint b.pth does not exist (--debug'),
    ],
)
def test_errors(run_tool, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error, code = run_tool('infer.py', *arguments)
    assert message in error and code in (1, 2)


def test_errors_of_checkpoints_and_inputs(run_tool, save_run, tmp_path):
    pretrained, _ = save_run('pcm3_synthetic')
    np.save(tmp_path / 'a.npy', np.ones((4, 25, 3)))
    for arguments, message in (
        ([tmp_path / 'a.npy'], 'pcm3_synthetic_None.pth has no classifier: model.type is PCM3'),
        ([tmp_path / 'b.npy'], 'b.npy does not exist'),
        ([tmp_path / 'a.npy', '--layout', 'x'], "unknown skeleton layout 'x'; known layouts: "),
    ):
        error, code = run_tool('infer.py', *arguments, '--checkpoint', pretrained)
        assert error.startswith('error: ') and message in error and error.count('\n') == 1 and code == 1
    (tmp_path / 'bad.npz').write_text('text')
    error, code = run_tool('analysis_tools/search.py', tmp_path / 'bad.npz', '--gallery', tmp_path / 'bad.npz')
    assert 'bad.npz is not a feature file or is damaged' in error and code == 1
