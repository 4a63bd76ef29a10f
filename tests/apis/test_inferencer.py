"""Labels and features of files, arrays and generators."""

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.runner import Runner

import mamp_plugin
from mamp_plugin.apis import SkeletonInferencer, load_encoder
from mamp_plugin.datasets.annotations.writing import write_annotations
from mamp_plugin.datasets.synthetic.actions import CLASSES

DATA = dict(type='SyntheticSkeletonDataset', num_subjects=2, indices=[0, 5, 7, 15])


@pytest.fixture()
def samples():
    return list(DATASETS.build(dict(DATA, pipeline=[])))


@pytest.fixture()
def linear(save_run):
    return save_run('mamp_synthetic', 'linear', dataset_meta=dict(classes=CLASSES))


def test_labels_are_those_of_a_test(linear, samples):
    path, cfg = linear
    inferencer = SkeletonInferencer(path)
    result = inferencer([sample['keypoint'] for sample in samples], batch_size=3, top=2)
    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(torch.load(path)['state_dict'])
    loader = dict(cfg.test_dataloader, dataset=dict(DATA, pipeline=cfg.test_dataloader.dataset.pipeline), num_workers=0)
    expected = [sample for batch in Runner.build_dataloader(loader) for sample in model.test_step(batch)]
    assert result['left_out'] == [] and len(result['predictions']) == 4
    for index, (found, sample) in enumerate(zip(result['predictions'], expected)):
        label = sample.pred_label.item()
        score = sample.pred_score.softmax(dim=0)[label].item()
        best = {'label': label, 'class': CLASSES[label], 'score': pytest.approx(score, abs=2e-4)}
        assert found == dict(best, name=f'sequence {index}', frames=samples[index]['total_frames'], top=found['top'])
        assert found['top'][0] == best and len(found['top']) == 2


def test_files_folders_and_generators(linear, samples, tmp_path):
    seen = []

    def track(items, total):
        seen.append(total)
        return items

    inferencer = SkeletonInferencer(linear[0], track=track)
    expected = inferencer(list(samples))['predictions']
    (tmp_path / 'in').mkdir()
    for sample in samples[:2]:
        np.save(tmp_path / f'in/{sample["frame_dir"]}.npy', sample['keypoint'])
    write_annotations(samples[2:], str(tmp_path / 'rest.pkl'))
    assert inferencer([str(tmp_path / 'in'), tmp_path / 'rest.pkl'])['predictions'] == expected
    assert inferencer(sample for sample in samples)['predictions'] == expected
    assert inferencer(samples[0])['predictions'] == expected[:1]
    assert seen == [4, 4, 1]
    with pytest.raises(ValueError, match='nowhere does not exist'):
        inferencer(['nowhere', samples[0]])


def test_windows_over_a_long_recording(linear, samples):
    inferencer = SkeletonInferencer(linear[0])
    first, last = samples[0]['keypoint'][:, :90], samples[1]['keypoint'][:, :60]
    recording = np.concatenate([first, np.zeros_like(first[:, :60]), last], axis=1)
    options = dict(window=30, stride=30)
    (found,) = inferencer(recording, **options)['predictions']
    windows = inferencer([recording[:, start : start + 30] for start in range(0, 210, 30)])['predictions']
    labels = np.full(210, -1)
    for segment in found['segments']:
        labels[segment['start'] : segment['end']] = segment['label']
        assert segment['class'] == CLASSES[segment['label']] and 0 < segment['score'] <= 1
    expected = np.repeat([window['label'] for window in windows], 30)
    expected[90:150] = -1
    assert np.array_equal(labels, expected) and found['frames'] == 210
    ends = [segment['end'] for segment in found['segments']]
    assert len(ends) == len(set(ends)) < 7 and ends == sorted(ends)
    assert inferencer(recording, min_score=1.0, **options)['predictions'][0]['segments'] == []
    assert inferencer(np.zeros((1, 50, 25, 3)), window=20)['predictions'] == [
        dict(name='sequence 0', frames=50, segments=[])
    ]
    with pytest.raises(ValueError, match='stride=5 needs a window'):
        inferencer(recording, stride=5)


def test_detector_labels_frames(save_run, samples):
    path, cfg = save_run('mamp_synthetic', 'detection')
    inferencer = SkeletonInferencer(path)
    window = cfg.test_dataloader.dataset.window
    short = samples[2]['keypoint'][:, : window - 4]
    (sample,) = inferencer(short, return_datasamples=True)['predictions']
    assert sample.frame_scores.shape == (window, 17) and sample.window == (0, window - 4)
    scores = sample.frame_scores.numpy()[: window - 4]
    inferencer.cfg.test_evaluator = [dict(type='ActionDetectionMetric', min_frames=1)]
    (found,) = inferencer(short)['predictions']
    labels = np.full(window - 4, 16)
    for segment in found['segments']:
        labels[segment['start'] : segment['end']] = segment['label']
    assert np.array_equal(labels, scores.argmax(axis=1))
    inferencer.cfg.test_evaluator = [dict(type='ActionDetectionMetric', min_frames=window)]
    assert inferencer(short)['predictions'][0]['segments'] == []


def test_features_of_any_run(save_run, linear, samples):
    for path in (linear[0], save_run('pcm3_synthetic')[0]):
        inferencer, encoder = SkeletonInferencer(path), load_encoder(path)
        found = inferencer(list(samples), features=True)['predictions']
        np.testing.assert_allclose([each['feature'] for each in found], encoder(samples), rtol=1e-4, atol=1e-6)
        assert [each['name'] for each in found] == [sample['frame_dir'] for sample in samples]
    windows = inferencer(samples[0], features=True, window=100, stride=60)['predictions']
    assert [(each['start'], each['end']) for each in windows] == [(0, 100), (60, 160)]
    np.testing.assert_allclose(windows[1]['feature'], encoder(samples[0]['keypoint'][:, 60:]), rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match='pcm3_.* has no classifier: model.type is PCM3; extract features instead, or'):
        inferencer(samples[0])


def test_data_samples(linear, samples):
    inferencer = SkeletonInferencer(linear[0])
    (sample,) = inferencer(samples[0], return_datasamples=True)['predictions']
    (found,) = inferencer(samples[0])['predictions']
    assert sample.pred_label.item() == found['label'] and sample.pred_score.sum().item() == pytest.approx(1)
    (sample,) = inferencer(samples[0], return_datasamples=True, features=True)['predictions']
    assert sample.feature.shape == (16,) and sample.name == found['name']


def test_class_names(save_run, samples, tmp_path):
    path, _ = save_run('mamp_synthetic', 'linear')
    names = [f'class {index}' for index in range(16)]
    (tmp_path / 'names.txt').write_text('\n'.join(names) + '\n')
    assert SkeletonInferencer(path).classes == list(map(str, range(16)))
    assert SkeletonInferencer(path, classes=str(tmp_path / 'names.txt')).classes == names
    with pytest.raises(ValueError, match='classes has 15 class names, but the model has 16 classes; name each'):
        SkeletonInferencer(path, classes=names[1:])


def test_layouts_must_agree(linear, samples):
    with pytest.raises(ValueError, match="sequence 0 has 20 joints with 3 coordinates, but layout 'nturgb.d' has 25"):
        SkeletonInferencer(linear[0])(np.ones((4, 20, 3)))
    with pytest.raises(ValueError, match="sequence 0 is of skeleton layout 'kinect_v1', but the encoder takes 'nturgb"):
        SkeletonInferencer(linear[0], layout='kinect_v1')(np.ones((4, 20, 3)))
    with pytest.raises(KeyError, match='unknown skeleton layout'):
        SkeletonInferencer(linear[0], layout='unknown')
    assert mamp_plugin.SkeletonInferencer is SkeletonInferencer
