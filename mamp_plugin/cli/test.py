"""Evaluates a checkpoint with the test part of a config."""

from typing import Any

from mmengine.config import Config

from mamp_plugin.cli.launch import build_runner, common_parser, explained_types, load_config, set_checkpoint


def parse_args():
    parser = common_parser('Test a model')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--dump',
        help='file for the predictions, for evaluation elsewhere: .npz for scores with sample names, as '
        'tools/analysis_tools/ensemble.py reads them, .pkl for a pickle of all that the model returned',
    )
    return parser.parse_args()


def apply_args(cfg: Config, args) -> None:
    set_checkpoint(cfg, args.checkpoint)
    if args.dump is None:
        return
    if not args.dump.endswith(('.npz', '.pkl', '.pickle')):
        raise SystemExit(f'--dump writes scores (.npz) or a pickle (.pkl, .pickle), not {args.dump}')
    metric = 'DumpResults'
    if args.dump.endswith('.npz'):
        metric = 'DumpScores'
        carry_names(cfg.test_dataloader.dataset)
    evaluators = cfg.test_evaluator if isinstance(cfg.test_evaluator, (list, tuple)) else [cfg.test_evaluator]
    cfg.test_evaluator = [*evaluators, dict(type=metric, out_file_path=args.dump)]


def carry_names(node: Any) -> None:
    """Lets the pipelines of a data set, wrapped or not, carry the samples' names to the metrics."""
    if isinstance(node, dict):
        if node.get('type') == 'PackActionInputs':
            node.algorithm_keys = tuple(dict.fromkeys((*node.get('algorithm_keys', ()), 'frame_dir', 'filename')))
        for value in node.values():
            carry_names(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            carry_names(value)


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    apply_args(cfg, args)
    with explained_types(cfg):
        build_runner(cfg).test()
