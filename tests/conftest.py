"""Fixed seeds for every test, and shrunken configs for those that train."""

import gc
import random
import signal
from copy import deepcopy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

import mamp_plugin  # noqa: F401  (registers the plugin)
from mamp_plugin.recipes import apply_recipe
from mamp_plugin.skeletons import LAYOUTS

CONFIGS = Path(__file__).parents[1] / 'configs'
#: Model settings by type of the backbone, small enough for a test.
SMALL_BACKBONES = dict(
    SkeletonTransformer=dict(embed_dims=16, depth=1, num_heads=2),
    SkeletonGRU=dict(hidden_dims=8, num_layers=1),
    SkeletonSTGCN=dict(base_channels=4, num_stages=2, inflate_stages=[], down_stages=[]),
)
#: The same for other parts of a model, as far as it has them.
SMALL_PARTS = dict(
    neck=dict(embed_dims=16, depth=1, num_heads=2),
    projector=dict(out_channels=8),
    decoder=dict(hidden_dims=8, num_layers=1),
    queue_size=16,
    task_prompt_dims=4,
)

#: The text of a config that checkpoints carry, which ``quick_runners`` replaces.
PRETTY_TEXT = Config.pretty_text

# a shell that starts the tests in the background lets them ignore Ctrl-C, which some of them send
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# mmengine's data sets collect garbage when they are built; looking through all imported modules too would take longer
# than most tests
gc.freeze()


@pytest.fixture(autouse=True)
def fixed_start():
    """Seed all random generators, enter mmaction2's registry scope, give signals back and forget new layouts."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)}
    layouts = LAYOUTS.copy()
    with DefaultScope.overwrite_default_scope('mmaction'):
        yield
    LAYOUTS.clear()
    LAYOUTS.update(layouts)
    # PreemptionHook gives them back at the end of a training, which one that fails does not reach
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture()
def quick_runners(monkeypatch):
    """Skip what takes a runner longer than a tiny training: formatting the config, inspecting the machine."""
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))
    monkeypatch.setattr(Runner, '_log_env', lambda self, env_cfg: None)


@cache
def read_config(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


@pytest.fixture()
def load():
    """Return a config of ``configs/`` that a test may change."""
    return lambda name: deepcopy(read_config(name))


@pytest.fixture()
def shrink(tmp_path, quick_runners):
    """Shrink a pretraining config: tiny model, eight synthetic sequences of its layout, one epoch on the CPU."""

    def shrink(cfg):
        cfg.work_dir = str(tmp_path)
        data = cfg.train_dataloader.dataset
        layout = data.get('layout', 'nturgb+d')
        cfg.train_dataloader.dataset = dict(
            type='SyntheticSkeletonDataset', layout=layout, num_subjects=2, indices=8, pipeline=data.pipeline
        )
        cfg.data_info.update(val=dict(indices=8), num_classes=16, untrimmed=dict(type='SyntheticUntrimmedDataset'))
        cfg.train_dataloader.update(batch_size=4, num_workers=0)
        # of several data sets, in whose place is one
        cfg.train_dataloader.pop('batch_sampler', None)
        small = {key: value for key, value in SMALL_PARTS.items() if key in cfg.model}
        cfg.merge_from_dict(dict(model=dict(small, backbone=SMALL_BACKBONES[cfg.model.backbone.type])))
        # mixed precision needs a GPU
        cfg.optim_wrapper.update(type='OptimWrapper')
        for key in ('dtype', 'loss_scale'):
            cfg.optim_wrapper.pop(key, None)
        cfg.train_cfg.max_epochs = 1
        cfg.param_scheduler = []
        cfg.default_hooks.checkpoint = None
        return cfg

    return shrink


@pytest.fixture()
def readable_configs(monkeypatch, quick_runners):
    """Let runners write configs that can be read again, without the time for line breaks."""
    monkeypatch.setattr(Config, 'pretty_text', property(_unformatted))


@pytest.fixture()
def train_run(load, shrink, tmp_path, readable_configs):
    """Train a shrunken pretraining config for an epoch into a folder of its name; return the folder."""

    def train_run(name, recipe=None, **changes):
        cfg = shrink(load(name))
        if recipe:
            apply_recipe(cfg, recipe)
        folder = tmp_path / f'{name}_{recipe}' if recipe else tmp_path / name
        cfg.merge_from_dict(dict(work_dir=str(folder), experiment_name=f'{tmp_path}/{folder.name}', **changes))
        cfg.default_hooks.checkpoint = dict(type='SafeCheckpointHook', interval=1)
        runner = Runner.from_cfg(cfg)
        runner.train()
        return folder

    return train_run


def _unformatted(cfg):
    """Return the text of a config on long lines, which is parsed as well."""
    return PRETTY_TEXT.fget(Config(cfg.to_dict(), format_python_code=False))


@pytest.fixture()
def pretty_text():
    """The property that ``quick_runners`` replaces."""
    return PRETTY_TEXT


@pytest.fixture()
def save_run(load, shrink, tmp_path):
    """Save a checkpoint as a run of a config would, with random weights; return its path and the config."""

    def save_run(name, recipe=None, change=None, **meta):
        cfg = shrink(load(name))
        if recipe:
            apply_recipe(cfg, recipe)
        cfg.merge_from_dict(change or {})
        model = MODELS.build(cfg.model)
        path = tmp_path / f'{name}_{recipe}.pth'
        torch.save(dict(meta=dict(meta, cfg=_unformatted(cfg)), state_dict=model.state_dict()), path)
        return str(path), cfg

    return save_run
