"""Features from a checkpoint alone: equal to those of the run's own evaluation."""

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.runner import Runner

import mamp_plugin
from mamp_plugin.apis import build_pretrainer, extract_features, load_encoder
from mamp_plugin.models.necks import PartPool
from mamp_plugin.recipes import evaluation_datasets

DATA = dict(type='SyntheticSkeletonDataset', num_subjects=2, indices=[0, 5, 10, 15])


@pytest.fixture()
def sequences():
    """Four sequences of different lengths, one of them of two persons."""
    return [sample['keypoint'] for sample in DATASETS.build(dict(DATA, pipeline=[]))]


@pytest.mark.parametrize(
    'name', ['mamp_synthetic', 'mae_ntu60', 'mfp_ntu60', 'pcm3_synthetic', 'pcm3_transformer_ntu60', 'pcm3_stgcn_ntu60']
)
def test_features_are_those_of_the_pretrainer(save_run, sequences, name):
    path, cfg = save_run(name)
    encoder = load_encoder(path, device='cpu')
    pool = 'parts' if cfg.model.get('readout') else 'mean'
    features = encoder(sequences, pool=pool, batch_size=3)
    dataset = dict(DATA, pipeline=evaluation_datasets(cfg)[1]['pipeline'])
    expected, _ = extract_features(build_pretrainer(cfg, path), dataset)
    torch.testing.assert_close(features, expected, rtol=1e-4, atol=1e-5)
    assert encoder.layout == 'nturgb+d' and not features.requires_grad
    tokens = encoder.token_features(sequences)
    assert tokens.shape[:3] == (4, encoder.backbone.num_persons and 1 or 2, encoder.backbone.out_channels)
    single = encoder(torch.from_numpy(sequences[2][0]).double(), pool=pool)
    torch.testing.assert_close(single, features[2], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('name', ['mamp_coco17_synthetic', 'pcm3_coco17_synthetic'])
def test_2d_sequences_bring_scores(save_run, name):
    samples = list(DATASETS.build(dict(DATA, layout='coco', pipeline=[])))
    encoder = load_encoder(save_run(name)[0], device='cpu')
    features = encoder(samples)
    arrays = [np.concatenate([sample['keypoint'], sample['keypoint_score'][..., None]], axis=-1) for sample in samples]
    torch.testing.assert_close(encoder(arrays), features)
    torch.testing.assert_close(encoder(arrays[2][0]), features[2])
    with pytest.raises(ValueError, match='sequence 0 has no scores, but the encoder takes x, y and score of every'):
        encoder(samples[0]['keypoint'])


def test_scores_without_a_place_for_them_are_left_out(save_run, sequences):
    encoder = load_encoder(save_run('mamp_synthetic')[0], device='cpu')
    scored = [dict(keypoint=keypoint, keypoint_score=np.ones(keypoint.shape[:3])) for keypoint in sequences]
    torch.testing.assert_close(encoder(scored), encoder(sequences))


def test_pools(save_run, sequences):
    encoder = load_encoder(save_run('mamp_synthetic', change={'model.readout': dict(type='PartPool', segments=2)})[0])
    tokens = encoder.token_features(sequences)
    torch.testing.assert_close(encoder(sequences), tokens.mean(dim=(1, 3, 4)))
    torch.testing.assert_close(encoder(sequences, pool='parts'), PartPool(16, 'nturgb+d', segments=2)(tokens))
    with pytest.raises(ValueError, match="pool must be 'mean', 'parts' or None, got 'max'"):
        encoder(sequences, pool='max')
    recurrent = load_encoder(save_run('pcm3_synthetic')[0])
    torch.testing.assert_close(recurrent(sequences), recurrent.token_features(sequences)[:, 0, :, -1, 0])
    with pytest.raises(ValueError, match='the backbone merges all joints; use the mean'):
        recurrent(sequences, pool='parts')


@pytest.mark.parametrize(('name', 'recipe'), [('mamp_synthetic', 'finetune'), ('pcm3_synthetic', 'linear')])
def test_encoder_inside_of_a_classifier(save_run, sequences, name, recipe):
    path, cfg = save_run(name, recipe)
    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(torch.load(path)['state_dict'])
    dataset = DATASETS.build(dict(DATA, pipeline=cfg.test_dataloader.dataset.pipeline))
    with torch.no_grad():
        expected = model(torch.stack([sample['inputs'] for sample in dataset])).mean(dim=(1, 3, 4))
    torch.testing.assert_close(load_encoder(path)(sequences), expected, rtol=1e-4, atol=1e-5)


def test_encoder_of_several_layouts(save_run, sequences):
    encoder = load_encoder(save_run('mamp_universal')[0])
    (other,) = DATASETS.build(dict(DATA, layout='kinect_v1', indices=1, pipeline=[]))
    features = encoder(sequences[:1])
    assert encoder(other).shape == features[0].shape and not torch.allclose(encoder(other), features[0])
    plain = load_encoder(save_run('mamp_synthetic')[0])
    with pytest.raises(
        ValueError, match="is of skeleton layout 'kinect_v1', but the encoder takes 'nturgb.d'; transfer"
    ):
        plain(other)


def test_absent_persons_are_encoded_once(save_run, sequences, monkeypatch):
    encoder = load_encoder(save_run('mamp_synthetic')[0])
    clips = torch.stack([encoder.prepare(each, '')[0] for each in sequences])
    clips[1, 1] = clips[0, 0]
    with torch.no_grad():
        expected = encoder.backbone(clips)
    encoded = []
    forward = encoder.backbone.forward
    monkeypatch.setattr(encoder.backbone, 'forward', lambda x: (encoded.append(len(x)), forward(x))[1])
    with torch.no_grad():
        torch.testing.assert_close(encoder.encode(clips), expected)
    assert encoded == [int(clips.flatten(2).any(dim=2).sum()) + 1]


def test_checkpoint_of_a_run(load, shrink, sequences, monkeypatch, pretty_text):
    cfg = shrink(load('mamp_synthetic'))
    monkeypatch.setattr(Config, 'pretty_text', pretty_text)
    cfg.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1)
    Runner.from_cfg(Config(cfg.to_dict(), format_python_code=False)).train()
    assert load_encoder(f'{cfg.work_dir}/epoch_1.pth')(sequences).shape == (4, 16)


def test_config_of_the_caller(save_run, sequences, tmp_path, pretty_text):
    path, cfg = save_run('mamp_synthetic')
    bare = str(tmp_path / 'bare.pth')
    torch.save(dict(state_dict=torch.load(path)['state_dict'], meta=dict(encoder=dict(num_heads=2))), bare)
    with pytest.raises(ValueError, match=r"bare.pth has no config: .*; give the config of its run, config='CONFIG.py'"):
        load_encoder(bare)
    expected = load_encoder(path)(sequences)
    torch.testing.assert_close(load_encoder(bare, cfg)(sequences), expected)
    (tmp_path / 'cfg.py').write_text(pretty_text.fget(cfg))
    torch.testing.assert_close(load_encoder(bare, str(tmp_path / 'cfg.py'))(sequences), expected)
    cfg.model.backbone.num_heads = 4
    with pytest.raises(ValueError, match='was trained with num_heads=2, but model.backbone has num_heads=4'):
        load_encoder(bare, cfg)
    cfg.model.backbone.layout = 'kinect_v1'
    with pytest.raises(ValueError, match='does not fit its config: joint_table is .* give the config of its run'):
        load_encoder(path, cfg)


def test_nothing_of_a_checkpoint_is_executed(save_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, _ = save_run('mamp_synthetic')
    content = torch.load(path)
    for text in (
        "x = open('executed', 'w')",
        "test_pipeline = [dict(type='builtins.open', file='executed', mode='w')]",
    ):
        torch.save(dict(content, meta=dict(cfg=f'{content["meta"]["cfg"]}\n{text}')), 'b.pth')
        with pytest.raises(ValueError, match='b.pth .*no plain data|b.pth has .*not registered'):
            load_encoder('b.pth')
    assert not (tmp_path / 'executed').exists()


def test_sequences_that_cannot_be_encoded(save_run, sequences):
    encoder = load_encoder(save_run('mamp_synthetic')[0])
    broken = sequences[0].copy()
    broken[0, :, 2] = np.nan
    for wrong, message in (
        ([sequences[0], broken], 'sequence 1 has coordinates that are NaN or infinite; repair'),
        (dict(keypoint=broken, frame_dir='abc'), 'abc has coordinates'),
        (np.zeros((5, 20, 3)), "sequence 0 has 20 joints with 3 coordinates, but layout 'nturgb\\+d' has 25 with 3"),
        (np.zeros((0, 25, 3)), r'sequence 0 has shape \(0, 25, 3\), expected .* with at least one frame'),
        ([np.zeros((25, 3))], r'sequence 0 has shape \(25, 3\)'),
        (['a.npy'], 'sequence 0 is a str, expected an array of coordinates'),
        (dict(label=3), 'sequence 0 has no keypoint, found label'),
        ([], 'there are no sequences'),
    ):
        with pytest.raises(ValueError, match=message):
            encoder(wrong)
    with pytest.raises(ValueError, match='batch_size must be a whole number of at least 1, got 0'):
        encoder(sequences, batch_size=0)


def test_the_package_imports_the_api_when_it_is_asked_for():
    assert 'load_encoder' not in vars(mamp_plugin) and mamp_plugin.load_encoder is load_encoder
    with pytest.raises(AttributeError, match="module 'mamp_plugin' has no attribute 'load'"):
        mamp_plugin.load  # noqa: B018
