"""Linear evaluation: only the head is trained, on features encoded once."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from mamp_plugin.apis import load_frozen_recognizer, train_linear_head
from mamp_plugin.apis.features import clip_features

CROP = [
    dict(type='CenterSkeleton', frame='first', layout='sbu'),
    dict(type='CropResizeFrames', window=12, proportion=(0.5, 1)),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
MIDDLE = [CROP[0], dict(type='CropResizeFrames', window=12, proportion=(0.95,)), *CROP[3:]]
DATA = dict(type='SyntheticSkeletonDataset', layout='sbu', num_subjects=2)
TRANSFORMER = dict(
    type='SkeletonTransformer',
    layout='sbu',
    num_frames=12,
    embed_dims=32,
    depth=2,
    num_heads=2,
    temporal_patch=4,
    drop_path_rate=0.5,
    frozen_stages=2,
)
GRU = dict(type='SkeletonGRU', layout='sbu', hidden_dims=16, num_layers=2, last_frame_only=True, frozen_stages=2)
MODELS_TO_PROBE = dict(
    mamp=dict(backbone=TRANSFORMER, cls_head=dict(type='LinearProbeHead', num_classes=16, in_channels=32)),
    parts=dict(
        backbone=TRANSFORMER,
        cls_head=dict(
            type='LinearProbeHead',
            num_classes=16,
            in_channels=32,
            readout=dict(type='PartPool', layout='sbu', segments=3),
        ),
    ),
    pcm3=dict(backbone=GRU, cls_head=dict(type='LinearProbeHead', num_classes=16, in_channels=32, norm=False)),
)
MODELS_TO_PROBE['whitened'] = dict(backbone=TRANSFORMER, cls_head=dict(MODELS_TO_PROBE['parts']['cls_head'], whiten=12))


@pytest.fixture(autouse=True)
def _quick_runners(monkeypatch):
    """Skip formatting of the config and logging of the environment, which take longer than the training here."""
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))
    monkeypatch.setattr(Runner, '_log_env', lambda self, env_cfg: None)


class Task:
    """Config of a linear evaluation, and the checkpoint of a pretrained encoder."""

    def __init__(self, folder, method='mamp', **settings):
        loader = dict(batch_size=24, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True))
        train = dict(DATA, split='xsub_train', pipeline=CROP)
        test = dict(DATA, split='xsub_val', pipeline=MIDDLE, test_mode=True)
        test_loader = dict(loader, batch_size=20, sampler=dict(type='DefaultSampler', shuffle=False), dataset=test)
        cfg = dict(
            model=dict(type='RecognizerGCN', **MODELS_TO_PROBE[method]),
            train_dataloader=dict(loader, dataset=train),
            test_dataloader=test_loader,
            train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=3),
            test_cfg=dict(type='TestLoop'),
            test_evaluator=dict(type='AccMetric'),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
            param_scheduler=[dict(type='WarmupCosineLR', convert_to_iter_based=True)],
            custom_hooks=[dict(type='EpochSeedHook'), dict(type='PretrainedEncoderHook')],
            default_scope='mmaction',
            randomness=dict(seed=0),
            work_dir=str(folder / 'work'),
        )
        self.cfg = Config(cfg)
        self.cfg.merge_from_dict(settings)
        self.checkpoint = str(folder / 'encoder.pth')
        backbone = MODELS.build(dict(MODELS_TO_PROBE[method]['backbone'], frozen_stages=-1))
        backbone.init_weights()
        if method == 'pcm3':
            backbone(torch.randn(4, 2, 12, 15, 3))  # batch statistics other than the initial ones
        self.encoder = {f'backbone.{name}': value.clone() for name, value in backbone.state_dict().items()}
        torch.save(dict(state_dict=dict(self.encoder, **{'neck.bias': torch.ones(2)})), self.checkpoint)

    def train(self):
        return train_linear_head(self.cfg, load_frozen_recognizer(self.cfg, self.checkpoint))

    def assert_encoder_is_unchanged(self, state):
        assert {name for name in state if name.startswith('backbone.')} == self.encoder.keys()
        for name, value in self.encoder.items():
            assert torch.equal(state[name], value), name


@pytest.fixture()
def forward_passes(monkeypatch):
    """Batch sizes of the forward passes of a transformer."""
    passes = []
    backbone = MODELS.get('SkeletonTransformer')
    forward = backbone.forward

    def counted(self, x):
        passes.append(len(x))
        return forward(self, x)

    monkeypatch.setattr(backbone, 'forward', counted)
    return passes


@pytest.mark.parametrize('method', [name for name in MODELS_TO_PROBE if name != 'whitened'])
def test_ordinary_training_changes_only_the_head(method, tmp_path):
    task = Task(tmp_path, method, load_from=str(tmp_path / 'encoder.pth'))
    runner = Runner.from_cfg(task.cfg)
    before = {name: value.clone() for name, value in runner.model.cls_head.state_dict().items()}
    runner.train()
    task.assert_encoder_is_unchanged(runner.model.state_dict())
    after = runner.model.cls_head.state_dict()
    assert all(not torch.equal(before[name], after[name]) for name in after)
    trained = {name for name, value in runner.model.named_parameters() if value.requires_grad}
    assert trained == {'cls_head.fc.weight', 'cls_head.fc.bias'}


@pytest.mark.parametrize('method', MODELS_TO_PROBE)
def test_saved_model_tests_to_the_reported_accuracy(method, tmp_path):
    task = Task(tmp_path, method, **{'train_cfg.max_epochs': 15})
    metrics, path = task.train()
    assert metrics['acc/top1'] > 2 / 16  # better than chance
    task.assert_encoder_is_unchanged(torch.load(path)['state_dict'])
    task.cfg.load_from = str(path)
    assert Runner.from_cfg(task.cfg).test() == pytest.approx(metrics)


def test_whitening_is_fitted_on_the_training_split(tmp_path):
    task = Task(tmp_path, 'whitened')
    head = load_frozen_recognizer(task.cfg, task.checkpoint).cls_head
    with pytest.raises(ValueError, match=r'the whitening of LinearProbeHead\(whiten=12\) is not fitted'):
        head(torch.randn(2, 2, 32, 3, 15))
    _, path = task.train()
    model = load_frozen_recognizer(task.cfg, task.checkpoint)
    model.cls_head.load_state_dict(
        {name[9:]: value for name, value in torch.load(path)['state_dict'].items() if name.startswith('cls_head.')}
    )
    loader = Runner.build_dataloader(
        dict(task.cfg.train_dataloader, dataset=dict(DATA, split='xsub_train', pipeline=MIDDLE))
    )
    features = model.cls_head.whitened(clip_features(model, loader)[0].flatten(0, 1))
    torch.testing.assert_close(features.T.cov(), torch.eye(12), atol=2e-3, rtol=0)


def test_every_sequence_is_encoded_once(forward_passes, tmp_path):
    Task(tmp_path).train()
    assert sum(forward_passes) == 2 * 48 and max(forward_passes) == 20


def test_recipe_is_that_of_the_config(tmp_path, monkeypatch):
    seen = []
    train = Runner.train
    monkeypatch.setattr(Runner, 'train', lambda runner: seen.append(runner) or train(runner))
    options = {'train_cfg.max_epochs': 2, 'optim_wrapper.optimizer.lr': 0.05, 'randomness.seed': 7}
    task = Task(tmp_path, **options)
    task.train()
    (runner,) = seen
    assert (runner.epoch, runner.iter, runner.seed) == (2, 4, 7)
    assert runner.optim_wrapper.optimizer.defaults['lr'] == 0.05
    hooks = [type(hook).__name__ for hook in runner.hooks if 'Seed' in type(hook).__name__]
    assert hooks == ['EpochSeedHook', 'DistSamplerSeedHook']
    assert not list((tmp_path / 'work').glob('epoch_*'))


def test_wrapped_data_sets(forward_passes, tmp_path):
    task = Task(tmp_path)
    for loader, times in ((task.cfg.train_dataloader, 2), (task.cfg.test_dataloader, 1)):
        loader.dataset = dict(type='RepeatDataset', dataset=loader.dataset, times=times)
    task.train()
    assert sum(forward_passes) == 3 * 48


class TestErrors:
    @pytest.mark.parametrize('stages', [-1, 1])
    @pytest.mark.parametrize('method', MODELS_TO_PROBE)
    def test_backbone_that_is_not_frozen(self, method, stages, tmp_path):
        with pytest.raises(ValueError, match='model.backbone of .* is not frozen.* set model.backbone.frozen_stages'):
            Task(tmp_path, method, **{'model.backbone.frozen_stages': stages}).train()

    def test_other_head(self, tmp_path):
        task = Task(tmp_path)
        task.cfg.model.cls_head = dict(type='JointMLPHead', num_classes=16, in_channels=32, layout='sbu')
        with pytest.raises(ValueError, match='is a JointMLPHead, expected LinearProbeHead'):
            task.train()

    def test_other_encoder(self, tmp_path):
        with pytest.raises(ValueError, match='encoder.pth does not fit model.backbone, a SkeletonTransformer'):
            Task(tmp_path, **{'model.backbone.embed_dims': 16}).train()

    def test_other_layout(self, tmp_path):
        task = Task(tmp_path)
        weights = dict(task.encoder, **{'backbone.joint_table': torch.zeros(1, 1, 25, 32)})
        torch.save(dict(state_dict=weights), task.checkpoint)
        with pytest.raises(ValueError, match='another skeleton layout and has no joint_table for the frozen backbone'):
            task.train()

    def test_other_settings(self, tmp_path):
        task = Task(tmp_path)
        encoder = dict(task.cfg.model.backbone, num_heads=4)
        torch.save(dict(state_dict=task.encoder, meta=dict(encoder=dict(encoder))), task.checkpoint)
        with pytest.raises(ValueError, match='trained with num_heads=4, but model.backbone has num_heads=2'):
            task.train()
