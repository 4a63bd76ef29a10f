"""Train or pretrain the model of a config."""

import argparse
import sys
from typing import Optional

from mmengine.config import Config

from mamp_plugin.cli.console import RunSummaryHook
from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.launch import build_runner, common_parser, explained_types, load_config
from mamp_plugin.cli.launcher_death import end_with_launcher
from mamp_plugin.cli.lock import is_first_process, lock_work_dir
from mamp_plugin.cli.process_group import ended_process_group
from mamp_plugin.engine.accelerator import require_accelerator
from mamp_plugin.engine.checkpoints.newest import newest_whole


def parse_args() -> argparse.Namespace:
    parser = common_parser('Train or pretrain a model')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='continue from this checkpoint; without a path, from the newest one in the work dir',
    )
    parser.add_argument(
        '--new-schedule',
        action='store_true',
        help="when resuming, go on with the config's schedule of the learning rate instead of the checkpoint's",
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision (needs an accelerator)')
    parser.add_argument('--no-validate', action='store_true', help='do not evaluate during training')
    parser.add_argument(
        '--auto-scale-lr', action='store_true', help='scale the learning rate with the total batch size'
    )
    parser.add_argument('--seed', type=int, help='random seed')
    parser.add_argument('--diff-rank-seed', action='store_true', help='a seed of its own for every process')
    parser.add_argument('--deterministic', action='store_true', help='deterministic cuDNN kernels')
    return parser.parse_args()


def apply_args(cfg: Config, args: argparse.Namespace) -> None:
    """Change a config as the command line says."""
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.amp:
        wrapper = cfg.optim_wrapper.setdefault('type', 'OptimWrapper')
        if wrapper not in ('OptimWrapper', 'AmpOptimWrapper'):
            raise SystemExit(f"--amp does not go with optim_wrapper.type='{wrapper}' of {args.config}")
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if args.resume == 'auto':
        # with nothing to continue from, the run begins as it would without the flag
        newest = checkpoint_to_resume(cfg.work_dir)
        cfg.resume = newest is not None
        cfg.load_from = newest or cfg.get('load_from')
    elif args.resume is not None:
        cfg.resume, cfg.load_from = True, args.resume
    if args.new_schedule:
        if args.resume is None:
            raise SystemExit('--new-schedule needs --resume')
        cfg.new_schedule = True
    if args.auto_scale_lr:
        if 'auto_scale_lr' not in cfg:
            raise SystemExit(f'--auto-scale-lr needs auto_scale_lr=dict(base_batch_size=...) in {args.config}')
        # mmengine compares the samples of one batch of every process with it
        cfg.auto_scale_lr.base_batch_size /= cfg.optim_wrapper.get('accumulative_counts', 1)
        cfg.auto_scale_lr.enable = True
    randomness = dict(cfg.get('randomness') or {})
    if args.seed is not None:
        randomness['seed'] = args.seed
    for name in ('diff_rank_seed', 'deterministic'):
        if getattr(args, name):
            randomness[name] = True
    # mmengine asks for a seed, and draws one if it is None
    cfg.randomness = dict(dict(seed=None), **randomness)


def checkpoint_to_resume(work_dir: str) -> Optional[str]:
    """Return the newest whole checkpoint of a work dir and say so, or None if there is no checkpoint at all."""
    newest = newest_whole(work_dir)
    if newest.broken and newest.path is None:
        raise SystemExit(
            f'no checkpoint of {work_dir} can be resumed: {"; ".join(newest.broken)}. Move them away to start anew'
        )
    lines = [f'passed over: {reason}' for reason in newest.broken]
    if newest.path:
        lines.append(f'resuming from {newest.path}, the newest whole checkpoint')
    if lines and is_first_process():
        print(*lines, sep='\n', file=sys.stderr)
    return newest.path


def main() -> None:
    end_with_launcher()
    args = parse_args()
    cfg = load_config(args)
    apply_args(cfg, args)
    require_accelerator(cfg)
    with lock_work_dir(cfg.work_dir), explained_types(cfg):
        runner = build_runner(cfg)
        runner.register_hook(RunSummaryHook())
        with ended_process_group():
            runner.train()


if __name__ == '__main__':
    run_command(main)
