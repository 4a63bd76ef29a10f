"""Test a checkpoint with the test data and metrics of a config."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mamp_plugin.cli.launch import build_runner, common_parser, explained_types, load_config, set_checkpoint
from mamp_plugin.cli.process_group import ended_process_group
from mamp_plugin.output_files import check_file


def parse_args() -> Namespace:
    parser = common_parser('Test a model')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--dump',
        help='file to write predictions to: .npz for scores with sample names, as read by '
        'tools/analysis_tools/ensemble.py, .pkl for a pickle of all predictions',
    )
    return parser.parse_args()


def apply_args(cfg: Config, args: Namespace) -> None:
    """Apply the command line to the config."""
    set_checkpoint(cfg, args.checkpoint)
    if cfg.get('test_cfg') is None or cfg.get('test_dataloader') is None:
        raise SystemExit(
            f'{args.config} tests nothing: it has no test_cfg and test_dataloader; test a pretraining config with '
            '--recipe retrieval, or train a classifier with --recipe linear and test that'
        )
    # the runner writes the config into the work dir, where the file of this name is that of the training
    keep_config_of_training(cfg)
    if args.dump is None:
        return
    if not args.dump.endswith(('.npz', '.pkl', '.pickle')):
        raise SystemExit(f'--dump writes scores (.npz) or a pickle (.pkl, .pickle), got {args.dump}')
    check_file(args.dump)
    metric = 'DumpResults'
    if args.dump.endswith('.npz'):
        metric = 'DumpScores'
        carry_names(cfg.test_dataloader.dataset)
    evaluators = cfg.test_evaluator if isinstance(cfg.test_evaluator, (list, tuple)) else [cfg.test_evaluator]
    cfg.test_evaluator = [*evaluators, dict(type=metric, out_file_path=args.dump)]


def keep_config_of_training(cfg: Config) -> None:
    """Let the runner write the config under another name than that of the training in the same work dir."""
    path = Path(cfg.filename)
    object.__setattr__(cfg, '_filename', str(path.with_name(f'test_{path.name}')))


def carry_names(node: Any) -> None:
    """Make the pipelines of a data set config, wrapped or not, pass sample names to the metrics."""
    if isinstance(node, dict):
        if node.get('type') == 'PackActionInputs':
            node['algorithm_keys'] = tuple(dict.fromkeys((*node.get('algorithm_keys', ()), 'frame_dir', 'filename')))
        for value in node.values():
            carry_names(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            carry_names(value)


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    apply_args(cfg, args)
    with explained_types(cfg), ended_process_group():
        build_runner(cfg).test()
