"""Evaluates a checkpoint with the test part of a config."""

from pathlib import Path

from mmengine.config import Config

from mamp_plugin.apis.launch import build_runner, common_parser, explained_types, load_config


def parse_args():
    parser = common_parser('Test a model')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--dump', help='pickle file for the predictions, for evaluation elsewhere')
    return parser.parse_args()


def apply_args(cfg: Config, args) -> None:
    if not Path(args.checkpoint).is_file() and '://' not in args.checkpoint:
        raise SystemExit(f'checkpoint {args.checkpoint} does not exist')
    cfg.load_from = args.checkpoint
    if args.dump is None:
        return
    if not args.dump.endswith(('.pkl', '.pickle')):
        raise SystemExit(f'--dump writes a pickle: name it .pkl or .pickle, not {args.dump}')
    evaluators = cfg.test_evaluator if isinstance(cfg.test_evaluator, (list, tuple)) else [cfg.test_evaluator]
    cfg.test_evaluator = [*evaluators, dict(type='DumpResults', out_file_path=args.dump)]


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    apply_args(cfg, args)
    with explained_types(cfg):
        build_runner(cfg).test()


if __name__ == '__main__':
    main()
