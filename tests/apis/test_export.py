"""Exported models compute what PyTorch computes, for any batch and, if the encoder takes it, length."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS

from mamp_plugin.apis import SkeletonInferencer, load_encoder
from mamp_plugin.apis import export as exporting
from mamp_plugin.apis.export import export_model

SCRIPT = str(Path(__file__).parents[2] / 'tools/deployment/run_onnx.py')
DATA = dict(type='SyntheticSkeletonDataset', num_subjects=2, indices=[0, 5, 14], pipeline=[])


@pytest.fixture()
def keypoints():
    return [sample['keypoint'] for sample in DATASETS.build(DATA)]


def run_script(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, 'argv', ['run_onnx.py', *map(str, arguments)])
    runpy.run_path(SCRIPT, run_name='__main__')
    return capsys.readouterr().out.splitlines()


def check_script(path, checkpoint, keypoints, tmp_path, monkeypatch, capsys):
    """Check the labels that the stand-alone script prints against those of the inferencer."""
    files = [tmp_path / f'{index}.npy' for index in range(len(keypoints))]
    for file, keypoint in zip(files, keypoints):
        np.save(file, keypoint)
    lines = run_script(monkeypatch, capsys, path, *files)
    expected = SkeletonInferencer(checkpoint)(keypoints)['predictions']
    for line, file, found in zip(lines, files, expected, strict=True):
        name, label, score = line.split()
        assert name == str(file) and label == found['class'] and abs(float(score) - found['score']) < 2e-3


def test_recurrent_classifier_in_onnx(save_run, keypoints, tmp_path, monkeypatch, capsys):
    onnxruntime = pytest.importorskip('onnxruntime')
    checkpoint, _ = save_run('pcm3_synthetic', 'linear')
    out = str(tmp_path / 'new/model.onnx')
    facts = export_model(checkpoint, out)
    assert json.loads((tmp_path / 'new/model.json').read_text()) == json.loads(json.dumps(facts))
    assert facts['input']['shape'] == ['batch', 2, 'frames', 25, 3] and facts['output']['shape'] == ['batch', 16]
    assert facts['largest_difference'] < 1e-5 and facts['layout']['name'] == 'nturgb+d' and len(facts['classes']) == 16
    session = onnxruntime.InferenceSession(out)
    (output,) = session.run(None, dict(clips=np.ones((5, 2, 30, 25, 3), np.float32)))
    np.testing.assert_allclose(output.sum(axis=1), np.ones(5), rtol=1e-5)
    check_script(out, checkpoint, keypoints, tmp_path, monkeypatch, capsys)


@pytest.mark.slow
@pytest.mark.parametrize(('name', 'recipe'), [('mamp_synthetic', 'finetune'), ('pcm3_stgcn_ntu60', 'linear')])
def test_classifiers_in_onnx(save_run, keypoints, tmp_path, monkeypatch, capsys, name, recipe):
    pytest.importorskip('onnxruntime')
    change = {'model.cls_head.num_classes': 16}
    checkpoint, _ = save_run(name, recipe, change)
    facts = export_model(checkpoint, str(tmp_path / 'model.onnx'))
    assert facts['largest_difference'] < 1e-5
    check_script(tmp_path / 'model.onnx', checkpoint, keypoints, tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize('name', ['mamp_synthetic', 'pcm3_synthetic'])
def test_the_script_prepares_sequences_as_the_pipeline_does(save_run, keypoints, name, tmp_path):
    pytest.importorskip('onnxruntime')
    steps = runpy.run_path(SCRIPT)['STEPS']
    checkpoint, _ = save_run(name)
    export_model(checkpoint, str(tmp_path / 'a.pt'), 'torchscript')
    facts = json.loads((tmp_path / 'a.json').read_text())
    encoder = load_encoder(checkpoint)
    keypoints[0][0, :20] = keypoints[0][0, 60:70] = 0
    keypoints[2][1, :30] = keypoints[2][1, 90:] = keypoints[2][0, :, 7] = 0
    for keypoint in keypoints:
        clips = keypoint.copy()
        for step in facts['pipeline']:
            arguments = {key: value for key, value in step.items() if key != 'type'}
            clips = steps[step['type']](clips, facts['layout'], **arguments)
        np.testing.assert_allclose(clips, encoder.prepare(keypoint, '')[0], atol=1e-5)


@pytest.mark.parametrize(
    ('name', 'frames', 'pool'),
    [('mamp_synthetic', 24, 'parts'), ('pcm3_synthetic', 41, 'mean'), ('pcm3_stgcn_ntu60', 41, 'mean')],
)
def test_encoders_in_torchscript(save_run, tmp_path, name, frames, pool):
    checkpoint, _ = save_run(name)
    facts = export_model(checkpoint, str(tmp_path / 'a.pt'), 'torchscript', pool=pool)
    clips = torch.randn(4, 2, frames, 25, 3)
    output = torch.jit.load(str(tmp_path / 'a.pt'))(clips)
    torch.testing.assert_close(output, load_encoder(checkpoint, device='cpu').reader(pool)(clips[:, None]))
    assert facts['output'] == dict(name='output', holds='features', shape=['batch', output.size(1)])
    assert 'classes' not in facts


def test_weights_in_safetensors(save_run, tmp_path):
    safetensors = pytest.importorskip('safetensors.torch')
    checkpoint, _ = save_run('mamp_synthetic', 'linear')
    facts = export_model(checkpoint, str(tmp_path / 'a.safetensors'), 'safetensors')
    weights, expected = safetensors.load_file(tmp_path / 'a.safetensors'), torch.load(checkpoint)['state_dict']
    assert weights.keys() == expected.keys() and facts['largest_difference'] == 0
    assert all(torch.equal(value, expected[key]) for key, value in weights.items())
    assert facts['config']['cls_head']['type'] == 'LinearProbeHead'


def test_what_differs_is_not_written(save_run, tmp_path, monkeypatch):
    checkpoint, _ = save_run('mamp_synthetic')
    monkeypatch.setitem(exporting._WRITERS, 'torchscript', lambda *_: lambda clips: torch.full((len(clips), 16), 2.0))
    with pytest.raises(
        ValueError, match='mamp_synthetic_None.pth differs from PyTorch by .*e.00 .* nothing was written'
    ):
        export_model(checkpoint, str(tmp_path / 'a.pt'), 'torchscript')
    assert not list(tmp_path.glob('a.*'))
    with pytest.raises(ValueError, match='has no classifier; export its encoder'):
        export_model(checkpoint, str(tmp_path / 'a.pt'), 'torchscript', part='classifier')
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    monkeypatch.setitem(sys.modules, 'onnx', None)
    with pytest.raises(ImportError, match=r"run pip install 'mamp-plugin\[export\]'"):
        export_model(checkpoint, str(tmp_path / 'a.onnx'))
