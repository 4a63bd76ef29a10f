"""Checks of a training run (finite loss, preemption, seeds): their share of a training step."""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

from mmengine.config import Config
from mmengine.runner import Runner

from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.engine import seeded_batches

from .measure import prepare, table

CONFIGS = Path(__file__).parents[3] / 'configs'
MOMENTS = ('before_train_iter', 'after_train_iter')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--config', default='mamp_ntu60.py', help='pretraining config; it runs on the synthetic data')
    parser.add_argument('--batch-size', type=positive_int, default=32, help="samples; default: 32, one process's")
    parser.add_argument('--steps', type=positive_int, default=10)


def build(args: argparse.Namespace, folder: str) -> Runner:
    """Build the runner of a config on the synthetic data, without evaluation and checkpoints."""
    cfg = Config.fromfile(CONFIGS / args.config)
    pipeline = cfg.train_dataloader.dataset.pipeline
    count = args.batch_size * args.steps
    cfg.train_dataloader.update(batch_size=args.batch_size, num_workers=0, persistent_workers=False)
    cfg.train_dataloader.dataset = dict(type='SyntheticSkeletonDataset', indices=count, pipeline=pipeline)
    cfg.merge_from_dict(dict(train_cfg=dict(max_epochs=1), work_dir=folder, log_level='ERROR'))
    cfg.default_hooks.checkpoint = cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    return Runner.from_cfg(cfg)


def timed(call: Callable, times: List[float]) -> Callable:
    """Return a function that also notes its seconds."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        found = call(*args, **kwargs)
        times.append(time.perf_counter() - start)
        return found

    return wrapped


def run(args: argparse.Namespace) -> List[dict]:
    """Train for some steps and print the time of each hook of the plugin, and of seeding a batch."""
    prepare()
    times: Dict[str, List[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        runner = build(args, folder)
        for hook in runner.hooks:
            if type(hook).__module__.startswith('mamp_plugin'):
                for moment in MOMENTS:
                    noted = times.setdefault(f'{type(hook).__name__}, {moment}', [])
                    setattr(hook, moment, timed(getattr(hook, moment), noted))
        seed = seeded_batches.SeededBatch.__iter__
        seeded_batches.SeededBatch.__iter__ = timed(seed, times.setdefault('seed of a batch', []))
        runner.model.train_step = timed(runner.model.train_step, times.setdefault('step', []))
        try:
            runner.train()
        finally:
            seeded_batches.SeededBatch.__iter__ = seed
    step = statistics.median(times['step'])
    medians = {name: statistics.median(noted) for name, noted in times.items() if noted}
    medians['all checks'] = sum(medians.values()) - step
    rows = [dict(name=name, seconds=value, share=value / step) for name, value in medians.items()]
    table([dict(row, seconds=f'{row["seconds"]:.6f}', share=f'{row["share"]:.3%}') for row in rows])
    return rows
