"""Linear evaluation: nothing but the head learns, and a tool that lets the encoder look at everything once."""

import pprint
import re
import runpy
import sys
from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

ROOT = Path(__file__).parents[2]
CROP = [
    dict(type='CenterSkeleton', frame='first', layout='sbu'),
    dict(type='CropResizeFrames', window=12, proportion=(0.5, 1)),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
MIDDLE = [CROP[0], dict(type='CropResizeFrames', window=12, proportion=(0.95,)), *CROP[3:]]
DATA = dict(type='SyntheticSkeletonDataset', layout='sbu', num_subjects=2)
MODELS_TO_PROBE = dict(
    mamp=dict(
        backbone=dict(
            type='SkeletonTransformer',
            layout='sbu',
            num_frames=12,
            embed_dims=32,
            depth=2,
            num_heads=2,
            temporal_patch=4,
            drop_path_rate=0.5,
            frozen_stages=2,
        ),
        cls_head=dict(type='LinearProbeHead', num_classes=16, in_channels=32),
    ),
    pcm3=dict(
        backbone=dict(
            type='SkeletonGRU', layout='sbu', hidden_dims=16, num_layers=2, last_frame_only=True, frozen_stages=2
        ),
        cls_head=dict(type='LinearProbeHead', num_classes=16, in_channels=32, norm=False),
    ),
)


@pytest.fixture(autouse=True)
def quick_runners(monkeypatch):
    """A runner lays its config out and looks around on the machine, which would take longer than the training here."""
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))
    monkeypatch.setattr(Runner, '_log_env', lambda self, env_cfg: None)


class Task:
    """A config of linear evaluation and a pretrained encoder, in files."""

    def __init__(self, folder, method='mamp', **settings):
        loader = dict(batch_size=24, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True))
        train = dict(DATA, split='xsub_train', pipeline=CROP)
        test = dict(DATA, split='xsub_val', pipeline=MIDDLE, test_mode=True)
        test_loader = dict(loader, batch_size=20, sampler=dict(type='DefaultSampler', shuffle=False), dataset=test)
        cfg = dict(
            model=dict(type='RecognizerGCN', **MODELS_TO_PROBE[method]),
            train_dataloader=dict(loader, dataset=train),
            test_dataloader=test_loader,
            val_dataloader=test_loader,
            train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=3),
            val_cfg=dict(type='ValLoop'),
            test_cfg=dict(type='TestLoop'),
            val_evaluator=dict(type='AccMetric'),
            test_evaluator=dict(type='AccMetric'),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
            param_scheduler=[dict(type='WarmupCosineLR', convert_to_iter_based=True)],
            custom_hooks=[dict(type='EpochSeedHook'), dict(type='PretrainedEncoderHook')],
            default_scope='mmaction',
            randomness=dict(seed=0),
        )
        self.cfg = Config(dict(cfg, **settings))
        self.config, self.checkpoint, self.work_dir = folder / 'linear.py', folder / 'encoder.pth', folder / 'work'
        text = [f'{key} = {pprint.pformat(value, sort_dicts=False)}' for key, value in self.cfg.to_dict().items()]
        self.config.write_text('\n'.join(text))
        backbone = MODELS.build(dict(self.cfg.model.backbone, frozen_stages=-1))
        backbone.init_weights()
        if method == 'pcm3':
            backbone(torch.randn(4, 2, 12, 15, 3))  # statistics that are not those of the start
        self.encoder = {f'backbone.{name}': value.clone() for name, value in backbone.state_dict().items()}
        torch.save(dict(state_dict=dict(self.encoder, **{'neck.bias': torch.ones(2)})), self.checkpoint)

    def assert_encoder_is_untouched(self, state):
        assert {name for name in state if name.startswith('backbone.')} == self.encoder.keys()
        for name, value in self.encoder.items():
            assert torch.equal(state[name], value), name


@pytest.fixture()
def run(monkeypatch, capsys):
    def call(tool, *arguments):
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments)])
        runpy.run_path(str(ROOT / 'tools' / tool), run_name='__main__')
        return capsys.readouterr().out

    return call


@pytest.fixture()
def forward_passes(monkeypatch):
    """How many samples each pass of a transformer got."""
    passes = []
    backbone = MODELS.get('SkeletonTransformer')
    forward = backbone.forward

    def counted(self, x):
        passes.append(len(x))
        return forward(self, x)

    monkeypatch.setattr(backbone, 'forward', counted)
    return passes


@pytest.mark.parametrize('method', MODELS_TO_PROBE)
def test_ordinary_linear_training_moves_nothing_but_the_head(method, tmp_path):
    task = Task(tmp_path, method)
    task.cfg.merge_from_dict(dict(work_dir=str(task.work_dir), load_from=str(task.checkpoint)))
    runner = Runner.from_cfg(task.cfg)
    before = {name: value.clone() for name, value in runner.model.cls_head.state_dict().items()}
    runner.train()
    task.assert_encoder_is_untouched(runner.model.state_dict())
    after = runner.model.cls_head.state_dict()
    assert all(not torch.equal(before[name], after[name]) for name in after)
    assert {name for name, value in runner.model.named_parameters() if value.requires_grad} == {
        'cls_head.fc.weight',
        'cls_head.fc.bias',
    }


class TestTool:
    @pytest.mark.parametrize('method', MODELS_TO_PROBE)
    def test_its_checkpoint_tests_to_the_accuracy_it_printed(self, method, run, tmp_path):
        task = Task(tmp_path, method, train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=15))
        arguments = ['--work-dir', task.work_dir]
        printed = run('analysis_tools/linear_probe.py', task.config, task.checkpoint, *arguments)
        assert 'features of the test pipeline, without augmentation' in printed
        accuracy = re.search(r'^acc/top1: ([\d.]+)$', printed, re.M)[1]
        assert float(accuracy) > 2 / 16  # learned something
        path = task.work_dir / 'linear_probe.pth'
        assert f'whole model saved to {path}' in printed
        task.assert_encoder_is_untouched(torch.load(path)['state_dict'])
        tested = run('test.py', task.config, path, *arguments)
        assert f'acc/top1: {accuracy}' in tested

    def test_the_encoder_sees_everything_once(self, run, forward_passes, tmp_path):
        task = Task(tmp_path)
        run('analysis_tools/linear_probe.py', task.config, task.checkpoint, '--work-dir', task.work_dir)
        assert sum(forward_passes) == 2 * 48 and max(forward_passes) == 20

    def test_it_takes_the_recipe_of_the_config(self, run, tmp_path, monkeypatch):
        task = Task(tmp_path)
        seen = []
        train = Runner.train
        monkeypatch.setattr(Runner, 'train', lambda runner: seen.append(runner) or train(runner))
        options = ['--cfg-options', 'train_cfg.max_epochs=2', 'optim_wrapper.optimizer.lr=0.05', 'randomness.seed=7']
        run('analysis_tools/linear_probe.py', task.config, task.checkpoint, '--work-dir', task.work_dir, *options)
        (runner,) = seen
        assert (runner.epoch, runner.iter, runner.seed) == (2, 4, 7)
        assert runner.optim_wrapper.optimizer.defaults['lr'] == 0.05
        assert [type(hook).__name__ for hook in runner.hooks if 'Seed' in type(hook).__name__] == [
            'EpochSeedHook',
            'DistSamplerSeedHook',
        ]
        assert not list(task.work_dir.glob('epoch_*'))

    def test_a_data_set_around_a_data_set(self, run, forward_passes, tmp_path):
        inner = dict(DATA, split='xsub_train', pipeline=CROP)
        task = Task(tmp_path)
        task = Task(
            tmp_path,
            train_dataloader=dict(
                task.cfg.train_dataloader, dataset=dict(type='RepeatDataset', dataset=inner, times=2)
            ),
        )
        run('analysis_tools/linear_probe.py', task.config, task.checkpoint, '--work-dir', task.work_dir)
        assert sum(forward_passes) == 3 * 48


class TestRefusals:
    def refusal(self, run, task, *options):
        with pytest.raises(SystemExit) as error:
            run('analysis_tools/linear_probe.py', task.config, task.checkpoint, '--work-dir', task.work_dir, *options)
        assert not (task.work_dir / 'linear_probe.pth').exists()
        return str(error.value)

    @pytest.mark.parametrize('stages', [-1, 1])
    @pytest.mark.parametrize('method', MODELS_TO_PROBE)
    def test_a_backbone_that_learns(self, method, stages, run, tmp_path):
        message = self.refusal(run, Task(tmp_path, method), '--cfg-options', f'model.backbone.frozen_stages={stages}')
        assert 'model.backbone of' in message and 'linear.py is not frozen' in message
        assert 'set model.backbone.frozen_stages' in message

    def test_a_head_of_another_kind(self, run, tmp_path):
        task = Task(tmp_path)
        head = dict(type='JointMLPHead', num_classes=16, in_channels=32, layout='sbu')
        task = Task(tmp_path, model=dict(task.cfg.model, cls_head=head))
        assert 'linear.py is no LinearProbeHead but a JointMLPHead' in self.refusal(run, task)

    def test_another_encoder(self, run, tmp_path):
        message = self.refusal(run, Task(tmp_path), '--cfg-options', 'model.backbone.embed_dims=16')
        assert f'{tmp_path / "encoder.pth"} does not fit model.backbone, a SkeletonTransformer' in message

    def test_another_layout(self, run, tmp_path):
        task = Task(tmp_path)
        weights = dict(task.encoder, **{'backbone.joint_table': torch.zeros(1, 1, 25, 32)})
        torch.save(dict(state_dict=weights), task.checkpoint)
        assert 'of another skeleton layout and has no joint_table for a frozen encoder' in self.refusal(run, task)

    def test_several_processes(self, run, tmp_path):
        assert 'leave out --launcher' in self.refusal(run, Task(tmp_path), '--launcher', 'pytorch')
