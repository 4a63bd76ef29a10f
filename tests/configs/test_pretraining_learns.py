"""Pretraining without labels makes the features of the synthetic data better, by a stated margin.

The longest tests there are (a minute or two together): with fewer steps there is little to see.
"""

from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.runner import Runner

from mamp_plugin.apis.features import build_pretrainer, extract_features
from mamp_plugin.evaluation import linear_probe, nearest_neighbours

CONFIGS = Path(__file__).parents[2] / 'configs'


def probes(model, cfg):
    gallery, queries = (
        extract_features(model, dict(data, pipeline=cfg.test_pipeline, test_mode=True))
        for data in (cfg.train_data, cfg.val_data)
    )
    predicted = nearest_neighbours(queries[0], *gallery), linear_probe(*gallery)(queries[0]).argmax(dim=1)
    return [100 * (labels == queries[1]).float().mean().item() for labels in predicted]


def pretrain(name, work_dir, **overrides):
    """Probes before and after a run, and the losses of its steps."""
    cfg = Config.fromfile(CONFIGS / name)
    cfg.merge_from_dict(dict(work_dir=str(work_dir), default_hooks=dict(checkpoint=None), **overrides))
    before = probes(build_pretrainer(cfg), cfg)
    runner = Runner.from_cfg(cfg)
    runner.train()
    losses = runner.message_hub.get_scalar('train/loss').data[0]
    return before, probes(runner.model.eval(), cfg), losses


def test_mamp(tmp_path):
    before, after, losses = pretrain(
        'mamp_synthetic.py', tmp_path, train_dataloader=dict(batch_size=16), train_cfg=dict(max_epochs=30)
    )
    assert np.mean(losses[-20:]) < 0.9 < 1.5 < np.mean(losses[:5])
    # found: 1-NN 50.7 before and 63.8 after, linear 63.7 and 68.5
    assert after[0] > before[0] + 8
    assert after[1] > before[1] + 1.5


def test_pcm3(tmp_path):
    before, after, losses = pretrain(
        'pcm3_synthetic.py',
        tmp_path,
        train_dataloader=dict(num_workers=0),
        train_cfg=dict(max_epochs=12),
        param_scheduler=[dict(type='ConstantLR', factor=1.0)],
    )
    assert np.mean(losses[-20:]) < np.mean(losses[:5])
    # found: 1-NN 30.7 before and 40.6 after, linear 36.5 and 63.0
    assert after[0] > before[0] + 5
    assert after[1] > before[1] + 15
