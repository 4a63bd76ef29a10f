"""Tiny runs that are interrupted and resumed."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mamp_plugin.engine.checkpoints.newest import newest_whole
from mamp_plugin.recipes import apply_recipe

#: Config and recipe of each kind of run.
RUNS = dict(mamp=('mamp_synthetic', None), pcm3=('pcm3_synthetic', None), finetune=('mamp_synthetic', 'finetune'))
#: Training loops of some 15 iterations; an epoch has 5.
LOOPS = dict(
    epochs=dict(type='EpochBasedTrainLoop', max_epochs=3),
    iterations=dict(type='IterBasedTrainLoop', max_iters=13),
)


def assert_equal(state, expected):
    """Compare two state dicts bit for bit."""
    assert state.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(state[name], value), name


class Record(Hook):
    """Names of the samples and sums of the inputs of every iteration."""

    def __init__(self):
        self.batches = {}

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        names = tuple(sample.get('frame_dir') for sample in data_batch['data_samples'])
        self.batches[runner.iter] = names, sum(clip.double().sum().item() for clip in data_batch['inputs'])


class Interrupt(Hook):
    """Call of a function before an iteration."""

    def __init__(self, iteration, action):
        self.iteration, self.action = iteration, action

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.iteration:
            self.action()


@pytest.fixture()
def tiny(load, shrink, tmp_path):
    """Return the config of a tiny run; checkpoints every three iterations."""

    def tiny(kind, loop, workers=0, persistent=False, ranks=1):
        name, recipe = RUNS[kind]
        cfg = shrink(load(name))
        cfg.train_dataloader.dataset.indices = 20
        if recipe:
            apply_recipe(cfg, recipe)
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        cfg.test_cfg = cfg.test_dataloader = cfg.test_evaluator = None
        cfg.train_dataloader.update(batch_size=4 // ranks, num_workers=workers, persistent_workers=persistent)
        cfg.log_level = 'WARNING'
        cfg.train_cfg = ConfigDict(LOOPS[loop])
        cfg.param_scheduler = [dict(type='MultiStepLR', milestones=[7], by_epoch=False)]
        cfg.default_hooks.checkpoint = dict(type='SafeCheckpointHook', by_epoch=False, interval=3)
        return cfg

    return tiny


@pytest.fixture()
def train(tmp_path):
    """Train in a folder, from its newest checkpoint if it has one; return the runner and the batches."""

    def train(cfg, folder, *hooks):
        cfg.work_dir = str(tmp_path / folder)
        cfg.load_from = newest_whole(cfg.work_dir).path
        cfg.resume = cfg.load_from is not None
        # a name of its own: an old one would bring back the message hub of that run
        train.runs = getattr(train, 'runs', 0) + 1
        cfg.experiment_name = f'{tmp_path.name}_{train.runs}'
        runner, record = Runner.from_cfg(cfg), Record()
        for hook in (record, *hooks):
            runner.register_hook(hook, 'LOWEST')
        runner.train()
        return SimpleNamespace(runner=runner, batches=record.batches)

    return train
