"""PretrainedEncoderHook in real runners: loaded weights, warnings and errors."""

import re

import pytest
import torch
from mmaction.registry import HOOKS, MODELS
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import Runner
from torch import distributed

from mamp_plugin.engine.checkpoints.encoder import take_encoder

TRANSFORMER = dict(
    type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=2, num_heads=2, temporal_patch=4
)
FROZEN = dict(TRANSFORMER, frozen_stages=2)
GRU = dict(type='SkeletonGRU', layout='sbu', hidden_dims=8, num_layers=2)
STGCN = dict(type='STGCN', graph_cfg=dict(layout='nturgb+d', mode='spatial'), base_channels=4, num_stages=2)
STGCN.update(inflate_stages=[2], down_stages=[2])
PIPELINE = [
    dict(type='CropResizeFrames', window=8, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]


def mamp(**backbone):
    return MODELS.build(
        dict(
            type='MAMP',
            backbone=dict(TRANSFORMER, **backbone),
            masking=dict(type='RandomMasking', ratio=0.5),
            neck=dict(type='MotionDecoder', embed_dims=16, depth=1, num_heads=2),
            head=dict(type='MotionPredictionHead'),
        )
    )


def pcm3(**backbone):
    return MODELS.build(
        dict(
            type='PCM3',
            backbone=dict(GRU, **backbone),
            projector=dict(type='Projector', out_channels=4),
            decoder=dict(type='SequenceDecoder', hidden_dims=4, num_layers=1),
            queue_size=8,
            task_prompt_dims=4,
        )
    )


def saved(model, path, **also):
    torch.save(dict(state_dict={name: value + 0.5 for name, value in model.state_dict().items()}, **also), path)
    return str(path)


def downstream(tmp_path, backbone=TRANSFORMER, load_from=None, **settings):
    """Build a runner of a classifier on 24 synthetic sequences."""
    layout = backbone.get('layout', 'nturgb+d')
    data = dict(type='SyntheticSkeletonDataset', layout=layout, num_subjects=1, indices=24, pipeline=PIPELINE)
    loader = dict(batch_size=8, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False), dataset=data)
    channels = dict(SkeletonTransformer=16, SkeletonGRU=16, STGCN=8)[backbone['type']]
    cfg = dict(
        model=dict(
            type='RecognizerGCN',
            backbone=dict(backbone),
            cls_head=dict(type='LinearProbeHead', num_classes=16, in_channels=channels),
        ),
        work_dir=str(tmp_path / 'work'),
        train_dataloader=dict(loader, drop_last=True),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1e-9)),
        test_dataloader=loader,
        test_cfg=dict(),
        test_evaluator=dict(type='AccMetric'),
        custom_hooks=[dict(type='EpochSeedHook'), dict(type='PretrainedEncoderHook')],
        default_scope='mmaction',
        load_from=load_from,
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', save_param_scheduler=False)),
        experiment_name=tmp_path.name + str(len(list(tmp_path.iterdir()))),
    )
    return Runner.from_cfg(Config(dict(cfg, **settings)))


@pytest.fixture(autouse=True)
def quick_runners(monkeypatch):
    """Skip formatting of the config and logging of the environment, which take longer than the training here."""
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))
    monkeypatch.setattr(Runner, '_log_env', lambda self, env_cfg: None)


@pytest.fixture()
def log(monkeypatch):
    """Collect the log messages of runners by level."""
    lines = dict(info=[], warning=[])
    build_logger = Runner.build_logger

    def listen(self, *args, **kwargs):
        logger = build_logger(self, *args, **kwargs)
        for level, texts in lines.items():
            monkeypatch.setattr(logger, level, texts.append)
        return logger

    monkeypatch.setattr(Runner, 'build_logger', listen)
    return lines


def assert_taken(runner, checkpoint, except_for=()):
    """Check that training with a negligible learning rate leaves the encoder of the checkpoint."""
    pretrained = torch.load(checkpoint, weights_only=False)['state_dict']
    for name, value in runner.model.backbone.state_dict().items():
        if name.endswith('num_batches_tracked') or 'running' in name:
            continue  # updated by training
        same = name not in except_for
        given = pretrained[f'backbone.{name}']
        assert (given.shape == value.shape and torch.allclose(given, value, atol=1e-5)) == same, name


def complaint(runner, run='train'):
    with pytest.raises(ValueError) as error:
        getattr(runner, run)()
    return str(error.value)


class TestTraining:
    @pytest.mark.parametrize(
        ('backbone', 'pretrainer', 'others'),
        [(TRANSFORMER, mamp, 'head, neck'), (GRU, pcm3, 'decoder, key_encoder, projector, prompts, queue')],
    )
    def test_only_the_encoder_is_loaded(self, backbone, pretrainer, others, tmp_path, log):
        checkpoint = saved(pretrainer(), tmp_path / 'pretrained.pth')
        runner = downstream(tmp_path, backbone, checkpoint)
        runner.train()
        assert_taken(runner, checkpoint)
        (line,) = (line for line in log['info'] if isinstance(line, str) and 'weights of the encoder' in line)
        assert line.endswith(f"('backbone.') from {checkpoint}; not loaded: {others}")
        assert not log['warning']
        assert runner.model.cls_head.fc.weight.abs().max() < 0.1  # its initial weights

    def test_complete_checkpoint_is_loaded_completely(self, tmp_path, log):
        runner = downstream(tmp_path)
        checkpoint = saved(runner.model, tmp_path / 'whole.pth')
        runner = downstream(tmp_path, load_from=checkpoint)
        runner.train()
        assert_taken(runner, checkpoint)
        expected = torch.load(checkpoint)['state_dict']['cls_head.fc.weight']
        torch.testing.assert_close(runner.model.cls_head.fc.weight.detach(), expected)
        assert not log['warning']

    def test_other_number_of_classes_loads_the_encoder(self, tmp_path):
        head = dict(type='LinearProbeHead', num_classes=5, in_channels=16)
        other = MODELS.build(dict(type='RecognizerGCN', backbone=TRANSFORMER, cls_head=head))
        checkpoint = saved(other, tmp_path / 'five.pth')
        runner = downstream(tmp_path, load_from=checkpoint)
        runner.train()
        assert_taken(runner, checkpoint)

    def test_other_length_is_resized(self, tmp_path, log):
        checkpoint = saved(mamp(num_frames=24), tmp_path / 'longer.pth')
        runner = downstream(tmp_path, load_from=checkpoint)
        runner.train()
        assert_taken(runner, checkpoint, except_for=['time_table'])
        assert runner.model.backbone.time_table.mean() > 0.4 and not log['warning']

    @pytest.mark.parametrize(
        ('backbone', 'pretrainer', 'left_out'),
        [
            (TRANSFORMER, mamp, {'joint_table': r'is \(1, 1, 25, 16\) there and \(1, 1, 15, 16\) in the model'}),
            (
                GRU,
                pcm3,
                {
                    'input_norm.weight': r'is \(150,\) there and \(90,\) in the model',
                    'input_norm.bias': '',
                    'layers.0.first.weight_ih_l0': r'is \(24, 150\) there and \(24, 90\) in the model',
                    'layers.0.second.weight_ih_l0': '',
                },
            ),
        ],
    )
    def test_other_layout_leaves_out_joint_parameters(self, backbone, pretrainer, left_out, tmp_path, log):
        checkpoint = saved(pretrainer(layout='nturgb+d'), tmp_path / 'ntu.pth')
        runner = downstream(tmp_path, backbone, checkpoint)
        runner.train()
        assert_taken(runner, checkpoint, except_for=left_out)
        (warning,) = log['warning']
        assert f'{checkpoint} is of another skeleton layout' in warning and 'frozen' not in warning
        for name, shapes in left_out.items():
            assert re.search(f'{name} {shapes}', warning)

    def test_joint_names_fit_other_layouts(self, tmp_path, log):
        pretrained = mamp(layout='nturgb+d', joint_names=True, other_layouts=['coco'])
        checkpoint = saved(pretrained, tmp_path / 'ntu.pth')
        runner = downstream(tmp_path, dict(TRANSFORMER, joint_names=True), checkpoint)
        runner.train()
        assert_taken(runner, checkpoint)
        assert not log['warning']

    def test_other_layout_with_frozen_backbone(self, tmp_path, log):
        checkpoint = saved(mamp(layout='nturgb+d'), tmp_path / 'ntu.pth')
        downstream(tmp_path, FROZEN, checkpoint).train()
        assert 'stay frozen; set model.backbone.frozen_stages=-1' in log['warning'][0]

    def test_data_parallel_names(self, tmp_path):
        model = mamp()
        torch.save({f'module.{name}': value for name, value in model.state_dict().items()}, tmp_path / 'bare.pth')
        runner = downstream(tmp_path, load_from=str(tmp_path / 'bare.pth'))
        runner.train()
        torch.testing.assert_close(runner.model.backbone.norm.bias, model.backbone.norm.bias, atol=1e-5, rtol=0)
        torch.testing.assert_close(runner.model.backbone.joint_table, model.backbone.joint_table, atol=1e-5, rtol=0)

    def test_wrapped_model(self, tmp_path, monkeypatch):
        distributed.init_process_group('gloo', init_method=f'file://{tmp_path}/rendezvous', rank=0, world_size=1)
        try:
            runner = downstream(tmp_path, load_from=saved(mamp(), tmp_path / 'pretrained.pth'))
            model = runner.model
            runner.model = MMDistributedDataParallel(model, device_ids=None)
            runner.train()
            assert_taken(type('Unwrapped', (), dict(model=model)), tmp_path / 'pretrained.pth')
        finally:
            distributed.destroy_process_group()

    def test_prefix_selects_the_key_encoder(self, tmp_path):
        model = pcm3()
        checkpoint = saved(model, tmp_path / 'pcm3.pth')
        hooks = [dict(type='PretrainedEncoderHook', prefix='key_encoder.backbone.')]
        runner = downstream(tmp_path, GRU, checkpoint, custom_hooks=hooks)
        runner.train()
        expected = torch.load(checkpoint)['state_dict']['key_encoder.backbone.layers.1.first.weight_hh_l0']
        torch.testing.assert_close(runner.model.backbone.layers[1].first.weight_hh_l0.detach(), expected)

    def test_backbone_of_mmaction2(self, tmp_path):
        pretrained = MODELS.build(dict(type='RecognizerGCN', backbone=STGCN))
        checkpoint = saved(pretrained, tmp_path / 'stgcn.pth')
        runner = downstream(tmp_path, STGCN, checkpoint)
        runner.train()
        assert_taken(runner, checkpoint)
        wider = downstream(tmp_path, dict(STGCN, inflate_stages=[], down_stages=[]), checkpoint)
        assert 'does not fit model.backbone, a STGCN: it lacks' in complaint(wider) or 'other shapes' in complaint(
            wider
        )


class TestWithoutCheckpoint:
    def test_frozen_random_weights_are_warned_of(self, tmp_path, log):
        downstream(tmp_path, FROZEN).train()
        (warning,) = log['warning']
        assert 'the frozen backbone has random weights' in warning and 'load_from=CHECKPOINT' in warning

    def test_training_from_scratch_gives_no_warning(self, tmp_path, log):
        downstream(tmp_path).train()
        assert not any('random weights' in str(line) for line in log['warning'])

    def test_weights_of_init_cfg_give_no_warning(self, tmp_path, log):
        checkpoint = saved(mamp(), tmp_path / 'pretrained.pth')
        pretrained = dict(type='Pretrained', checkpoint=checkpoint, prefix='backbone.')
        runner = downstream(tmp_path, dict(FROZEN, init_cfg=pretrained))
        runner.train()
        assert not any('random weights' in str(line) for line in log['warning'])


def init_cfg(model, path, prefix='backbone.', **meta):
    return dict(type='Pretrained', checkpoint=saved(model, path, meta=meta), prefix=prefix)


class TestInitCfg:
    """Checkpoints of ``init_cfg`` are checked as those of ``load_from``."""

    def runner(self, tmp_path, model, backbone=TRANSFORMER, prefix='backbone.', **settings):
        cfg = init_cfg(model, tmp_path / 'pretrained.pth', prefix)
        return downstream(tmp_path, dict(backbone, init_cfg=cfg), **settings)

    @pytest.mark.parametrize('prefix', ['backbone.', 'backbone'])
    def test_fitting_encoder(self, prefix, tmp_path, log):
        runner = self.runner(tmp_path, mamp(num_frames=24), prefix=prefix)
        runner.train()
        assert_taken(runner, tmp_path / 'pretrained.pth', except_for=['time_table'])
        assert f'weights: encoder of {tmp_path}/pretrained.pth' in log['info'] and not log['warning']

    @pytest.mark.parametrize(
        ('model', 'message'),
        [
            (dict(embed_dims=32), 'other shapes (another width?): blocks.0.norm1.weight is (32,) there and (16,)'),
            (dict(depth=4), 'it has blocks.2, blocks.3, which the backbone lacks (another depth?)'),
            (dict(depth=1), 'it lacks blocks.1 (another depth?)'),
        ],
    )
    def test_another_architecture(self, model, message, tmp_path):
        found = complaint(self.runner(tmp_path, mamp(**model)))
        assert f'pretrained.pth does not fit model.backbone, a SkeletonTransformer: {message}' in found
        assert 'Build model.backbone as in the pretraining config' in found

    def test_wrong_prefix(self, tmp_path):
        message = complaint(self.runner(tmp_path, mamp(), prefix='encoder.'))
        assert "has no parameter under 'encoder.'; it has " in message and 'or, if used, of init_cfg' in message
        message = complaint(self.runner(tmp_path, mamp(), prefix=None))
        assert 'has no parameter of model.backbone; it has backbone' in message

    def test_file_of_the_backbone_with_a_classifier(self, tmp_path, log):
        backbone = MODELS.build(TRANSFORMER)
        backbone.fc = torch.nn.Linear(2, 2)
        self.runner(tmp_path, backbone, prefix=None).train()
        assert f'weights: encoder of {tmp_path}/pretrained.pth' in log['info']

    def test_another_layout_is_warned_of(self, tmp_path, log):
        runner = self.runner(tmp_path, mamp(layout='nturgb+d'), FROZEN)
        runner.train()
        assert_taken(runner, tmp_path / 'pretrained.pth', except_for=['joint_table'])
        assert 'is of another skeleton layout: joint_table is (1, 1, 25, 16)' in log['warning'][0]
        assert 'stay frozen' in log['warning'][0]

    def test_whole_model(self, tmp_path, log):
        path = tmp_path / 'pretrained.pth'
        for pretrained, origin in ((downstream(tmp_path).model, path), (mamp(), f'encoder of {path}')):
            runner = downstream(tmp_path)
            # mmaction2's recognizers take none in their constructor
            runner.model.init_cfg = init_cfg(pretrained, path, None)
            runner.train()
            assert_taken(runner, path)
            assert f'weights: {origin}' in log['info']
        runner = downstream(tmp_path)
        runner.model.init_cfg = init_cfg(mamp(depth=4), path, None)
        assert 'does not fit model.backbone' in complaint(runner)

    def test_head(self, tmp_path, log):
        head = dict(type='LinearProbeHead', num_classes=16, in_channels=16)
        for classes, path in ((16, tmp_path / 'fits.pth'), (5, tmp_path / 'other.pth')):
            source = MODELS.build(dict(head, num_classes=classes))
            model = dict(
                type='RecognizerGCN', backbone=TRANSFORMER, cls_head=dict(head, init_cfg=init_cfg(source, path, None))
            )
            runner = downstream(tmp_path, model=model)
            if classes == 16:
                runner.train()
                assert f'weights: cls_head of {path}' in log['info']
        assert 'other.pth does not fit model.cls_head, a LinearProbeHead: other shapes' in complaint(runner)

    def test_only_the_outermost_is_checked(self, tmp_path):
        runner = self.runner(tmp_path, mamp(depth=4))
        runner.model.init_cfg = init_cfg(mamp(), tmp_path / 'used.pth', None)
        runner.train()
        assert_taken(runner, tmp_path / 'used.pth')

    def test_resuming_and_testing_do_not_read_it(self, tmp_path, log):
        runner = self.runner(tmp_path, mamp())
        runner.train()
        # mmengine reads the file of init_cfg even when it resumes
        deeper = self.runner(tmp_path, mamp(depth=4), resume=True, train_cfg=dict(by_epoch=True, max_epochs=2))
        deeper.train()
        (tmp_path / 'pretrained.pth').unlink()
        cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'pretrained.pth'), prefix='backbone.')
        tested = downstream(tmp_path, dict(TRANSFORMER, init_cfg=cfg), str(tmp_path / 'work' / 'epoch_2.pth'))
        assert 'acc/top1' in tested.test()


class TestSettings:
    """Settings that change the function but no shape, as recorded by training."""

    @pytest.fixture()
    def checkpoint(self, tmp_path):
        downstream(tmp_path, dict(TRANSFORMER, drop_path_rate=0.1, with_cp=True)).train()
        return str(tmp_path / 'work' / 'epoch_1.pth')

    def test_other_number_of_heads(self, checkpoint, tmp_path):
        four = dict(TRANSFORMER, num_heads=4)
        message = (
            f'{checkpoint} was trained with num_heads=2, but model.backbone has num_heads=4, with which the same '
            "weights compute something else; set model.backbone.num_heads=2, or list 'num_heads' in free_settings of "
            'PretrainedEncoderHook if both compute the same'
        )
        assert complaint(downstream(tmp_path, four, checkpoint)) == message
        assert complaint(downstream(tmp_path, four, checkpoint), 'test') == message
        assert complaint(downstream(tmp_path, four, checkpoint, resume=True)) == message
        cfg = dict(type='Pretrained', checkpoint=checkpoint, prefix='backbone.')
        assert complaint(downstream(tmp_path, dict(four, init_cfg=cfg))) == message
        free = [dict(type='PretrainedEncoderHook', free_settings=['num_heads'])]
        downstream(tmp_path, four, checkpoint, custom_hooks=free).train()

    def test_settings_of_training_may_differ(self, checkpoint, tmp_path, log):
        downstream(tmp_path, dict(FROZEN, joint_patch=1), checkpoint).train()
        assert not log['warning']

    def test_meta_is_plain_data(self, checkpoint):
        recorded = torch.load(checkpoint, weights_only=False)['meta']['encoder']
        assert recorded == dict(TRANSFORMER, drop_path_rate=0.1, with_cp=True) and type(recorded) is dict

    def test_checkpoint_of_an_older_version(self, checkpoint, tmp_path):
        content = torch.load(checkpoint, weights_only=False)
        content['meta'].pop('encoder')
        torch.save(content, checkpoint)
        downstream(tmp_path, dict(TRANSFORMER, num_heads=4), checkpoint).train()


class TestErrors:
    def error(self, tmp_path, model, backbone=TRANSFORMER):
        return complaint(downstream(tmp_path, backbone, saved(model, tmp_path / 'pretrained.pth')))

    def test_other_method(self, tmp_path):
        assert (
            'pretrained.pth is of another type of encoder: it has input_norm, layers.0, layers.1, but model.backbone '
            'is a SkeletonTransformer with time_table, joint_table, blocks.0, blocks.1, norm, patch_embed; give a '
            'checkpoint that was pretrained with a SkeletonTransformer'
        ) in self.error(tmp_path, pcm3())

    def test_joint_names(self, tmp_path):
        assert 'does not fit model.backbone, a SkeletonTransformer: another value of joint_names' in self.error(
            tmp_path, mamp(joint_names=True)
        )

    def test_deeper_encoder(self, tmp_path):
        message = self.error(tmp_path, mamp(depth=4))
        assert (
            'it has blocks.2, blocks.3, which the backbone lacks (another depth?). Build model.backbone as in'
            in message
        )

    def test_shallower_encoder(self, tmp_path):
        assert 'it lacks blocks.1 (another depth?)' in self.error(tmp_path, mamp(depth=1))

    def test_wider_encoder(self, tmp_path):
        message = self.error(tmp_path, mamp(embed_dims=32, layout='nturgb+d', num_frames=24))
        assert 'other shapes (another width?): blocks.0.norm1.weight is (32,) there and (16,) in the model' in message
        assert 'lacks' not in message and 'the backbone lacks' not in message

    def test_other_number_of_coordinates(self, tmp_path):
        message = self.error(tmp_path, mamp(in_channels=2))
        assert 'patch_embed.proj.weight is (16, 2, 4, 1) there and (16, 3, 4, 1) in the model' in message

    def test_wider_recurrent_encoder_of_another_layout(self, tmp_path):
        message = self.error(tmp_path, pcm3(hidden_dims=16, layout='nturgb+d'), GRU)
        assert 'layers.0.first.weight_hh_l0 is (48, 16) there and (24, 8) in the model' in message

    def test_checkpoint_without_encoder(self, tmp_path):
        message = self.error(tmp_path, mamp().neck)
        assert "has no parameter under 'backbone.'; it has " in message and 'blocks.0' in message
        assert 'Give a checkpoint of a pretraining run, or set prefix of PretrainedEncoderHook' in message

    @pytest.mark.parametrize(
        ('key', 'name', 'remedy'),
        [
            ('model', 'joints_embed.proj.weight', 'MAMP release; run .*mamp_official.py first'),
            (
                'state_dict',
                'module.encoder_q.fc.0.weight',
                'PCM3 release; run .*pcm3_official.py first',
            ),
        ],
    )
    def test_official_checkpoints(self, key, name, remedy, tmp_path):
        torch.save({key: {name: torch.rand(2)}, 'epoch': 3}, tmp_path / 'official.pth')
        message = complaint(downstream(tmp_path, load_from=str(tmp_path / 'official.pth')))
        assert re.search(f'These are names of the official {remedy}', message)

    def test_model_is_not_modified(self):
        model = MODELS.build(dict(TRANSFORMER, depth=1))
        before = {name: value.clone() for name, value in model.state_dict().items()}
        with pytest.raises(ValueError):
            take_encoder(mamp().state_dict(), model, 'backbone.', 'a.pth')
        assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


class TestTesting:
    def test_trained_model(self, tmp_path):
        runner = downstream(tmp_path, load_from=saved(mamp(), tmp_path / 'pretrained.pth'))
        runner.train()
        tested = downstream(tmp_path, load_from=str(tmp_path / 'work' / 'epoch_1.pth'))
        assert 'acc/top1' in tested.test()
        for name, value in tested.model.state_dict().items():
            assert torch.equal(value, runner.model.state_dict()[name])

    def test_pretraining_checkpoint(self, tmp_path):
        message = complaint(downstream(tmp_path, load_from=saved(mamp(), tmp_path / 'pretrained.pth')), 'test')
        assert 'pretrained.pth lacks cls_head of the model, which would be tested with random weights' in message
        assert 'train the head first (tools/train.py CONFIG --cfg-options load_from=' in message

    def test_other_classes(self, tmp_path):
        runner = downstream(tmp_path)
        runner.model.cls_head.fc = torch.nn.Linear(16, 7)
        message = complaint(downstream(tmp_path, load_from=saved(runner.model, tmp_path / 'seven.pth')), 'test')
        assert 'cls_head.fc.weight is (7, 16) there and (16, 16) in the model' in message
        assert 'test with the config it was trained with' in message

    @pytest.mark.parametrize('change', [slice(1, None), slice(0, 3)])
    def test_classes_of_another_order(self, change, tmp_path):
        runner = downstream(tmp_path, TRANSFORMER)
        classes = runner.test_dataloader.dataset.metainfo['classes']
        known = saved(runner.model, tmp_path / 'known.pth', meta=dict(dataset_meta=dict(classes=list(classes))))
        downstream(tmp_path, TRANSFORMER, known).test()
        other = saved(runner.model, tmp_path / 'other.pth', meta=dict(dataset_meta=dict(classes=classes[change])))
        message = complaint(downstream(tmp_path, TRANSFORMER, other), 'test')
        assert re.search(
            r'other.pth has .* for label \d+, but the data of the test have .*; number both alike', message
        )

    def test_classes_of_validation_data_in_another_order(self, tmp_path):
        runner = downstream(tmp_path)
        loader = dict(runner.cfg.test_dataloader)
        loader['dataset'] = dict(loader['dataset'], metainfo=dict(classes=('a', 'b')))
        validation = dict(val_dataloader=loader, val_cfg=dict(), val_evaluator=dict(type='AccMetric'))
        message = complaint(downstream(tmp_path, **validation))
        assert re.match("the training data has '.*' for label 0, but the data of the test have 'a'; number", message)

    def test_after_training_in_the_same_runner(self, tmp_path):
        runner = downstream(tmp_path, load_from=saved(mamp(), tmp_path / 'pretrained.pth'))
        runner.train()
        assert 'acc/top1' in runner.test()


class TestOrigin:
    """One line of the log says where the weights of a training come from."""

    def test_line(self, tmp_path, log):
        def origin(**settings):
            log['info'].clear()
            downstream(tmp_path, **settings).train()
            (line,) = (line for line in log['info'] if str(line).startswith('weights: '))
            return line[len('weights: ') :]

        pretrained, last = saved(mamp(), tmp_path / 'pretrained.pth'), str(tmp_path / 'work' / 'epoch_1.pth')
        assert origin() == 'random'
        assert origin(load_from=pretrained) == f'encoder of {pretrained}'
        assert origin(load_from=last) == last
        cfg = dict(type='Pretrained', checkpoint=pretrained, prefix='backbone.')
        assert origin(backbone=dict(TRANSFORMER, init_cfg=cfg)) == f'encoder of {pretrained}'
        assert origin(backbone=dict(TRANSFORMER, init_cfg=cfg), load_from=last) == last
        more = dict(resume=True, train_cfg=dict(by_epoch=True, max_epochs=2))
        assert origin(load_from=last, **more) == f'resumed from {last} (epoch 1)'
        second = str(tmp_path / 'work' / 'epoch_2.pth')
        assert origin(resume=True, train_cfg=dict(by_epoch=True, max_epochs=3)) == f'resumed from {second} (epoch 2)'


def test_resuming_from_weights_alone(tmp_path):
    whole = saved(downstream(tmp_path).model, tmp_path / 'converted.pth', meta=dict(converted_from='official.pth'))
    message = (
        f'{whole} holds weights but no state of a training run, so it cannot be resumed; leave out --resume and start '
        f'from its weights by --cfg-options load_from={whole}'
    )
    assert complaint(downstream(tmp_path, load_from=whole, resume=True)) == message


@pytest.mark.parametrize('by_iteration', [False, True])
def test_resuming_with_another_length_is_warned_of(by_iteration, tmp_path, log):
    def warnings(epochs, **settings):
        log['warning'].clear()
        schedule = dict(type='CosineAnnealingLR', convert_to_iter_based=by_iteration)
        downstream(
            tmp_path,
            param_scheduler=[dict(type='ConstantLR', factor=0.5, end=1), schedule],
            train_cfg=dict(by_epoch=True, max_epochs=epochs),
            default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
            **settings,
        ).train()
        return [line for line in log['warning'] if 'the schedule resumed from' in line]

    assert not warnings(2)
    first, second = (str(tmp_path / 'work' / f'epoch_{epoch}.pth') for epoch in (1, 2))
    assert not warnings(2, load_from=first, resume=True)
    (longer,) = warnings(4, resume=True)
    old, new, unit = (6, 12, 'iteration') if by_iteration else (2, 4, 'epoch')
    assert longer == (
        f'the schedule resumed from {second} ends at {unit} {old}, but that of this config at {unit} {new}: lr stays '
        'at its final value from there on. To go on with the schedule of the new length, add --new-schedule; to end '
        'as planned, train for the old length'
    )
    (shorter,) = warnings(1, load_from=first, resume=True)
    assert 'lr does not reach its final value' in shorter


def test_resuming_with_a_new_schedule(tmp_path, log):
    """The learning rate after the resumption is that of a run that was planned for the new length."""

    def rate(folder, epochs, last=None, **settings):
        runner = downstream(
            folder,
            param_scheduler=[dict(type='WarmupCosineLR', warmup=1, end=last or epochs)],
            train_cfg=dict(by_epoch=True, max_epochs=epochs),
            default_hooks=dict(checkpoint=dict(type='SafeCheckpointHook', interval=1)),
            **settings,
        )
        runner.train()
        return runner.optim_wrapper.get_lr()['lr'][0]

    (tmp_path / 'long').mkdir()
    planned = rate(tmp_path / 'long', 3, last=6)
    held = rate(tmp_path, 2)
    assert 0 < planned < 0.95 * held
    assert rate(tmp_path, 3, last=6, resume=True, new_schedule=True) == pytest.approx(planned, abs=0)
    assert not any('the schedule resumed' in line for line in log['warning'])


def test_resuming_is_not_affected(tmp_path, log, monkeypatch):
    runner = downstream(tmp_path, load_from=saved(mamp(), tmp_path / 'pretrained.pth'))
    runner.train()
    first = HOOKS.get('PretrainedEncoderHook')
    monkeypatch.setattr(first, '_encoder', lambda *args: pytest.fail('an encoder was loaded'))
    resumed = downstream(tmp_path, resume=True, train_cfg=dict(by_epoch=True, max_epochs=2))
    resumed.train()
    assert resumed.epoch == 2
    assert not any('random weights' in str(line) for line in log['warning'])


def test_resume_without_checkpoint_is_warned_of(tmp_path, log):
    downstream(tmp_path, FROZEN, resume=True).train()
    assert any('random weights' in str(line) for line in log['warning'])
