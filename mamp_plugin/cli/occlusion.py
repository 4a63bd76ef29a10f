"""Tests a classifier with body parts or frames hidden: one table, and the same as occlusion.json in the work dir.

What is hidden stands in the config under 'occlusions'; where it does not, in configs/downstream/_base_/occlusion.py.
"""

from numbers import Real
from pathlib import Path
from typing import Dict, Iterable

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.fileio import dump

from mamp_plugin.apis.occlusion import evaluate_occluded
from mamp_plugin.cli.launch import build_runner, common_parser, explained_types, load_config, set_checkpoint

OCCLUSIONS = Path(__file__).parents[2] / 'configs/downstream/_base_/occlusion.py'


def parse_args():
    parser = common_parser(__doc__)
    parser.add_argument('checkpoint', help='checkpoint of the classifier')
    return parser.parse_args()


def apply_args(cfg: Config, args) -> None:
    set_checkpoint(cfg, args.checkpoint)
    if cfg.get('test_cfg') is None:
        raise SystemExit(f'{args.config} tests nothing: it has no test_cfg; give the config of a classifier')
    # workers that live on would keep the pipeline they were started with
    cfg.test_dataloader.persistent_workers = False
    cfg.log_level = 'WARNING'
    # mmengine alone would test what the checkpoint lacks with random weights
    cfg.custom_hooks = cfg.get('custom_hooks') or []
    if not any(hook['type'] == 'PretrainedEncoderHook' for hook in cfg.custom_hooks):
        cfg.custom_hooks.append(dict(type='PretrainedEncoderHook'))
    if 'occlusions' not in cfg:
        cfg.occlusions = Config.fromfile(OCCLUSIONS).occlusions


def print_row(name: str, cells: Iterable[str], width: int) -> None:
    if is_main_process():
        print(f'{name:<{width}}', *(f'{cell:>10}' for cell in cells), flush=True)


def evaluate(cfg: Config) -> Dict[str, Dict[str, float]]:
    """The numbers that the config's evaluator gives for every occlusion, printed as they come."""
    width = max(map(len, cfg.occlusions))
    table = {}
    for name, metrics in evaluate_occluded(build_runner(cfg), cfg.occlusions):
        row = {key: float(value) for key, value in metrics.items() if isinstance(value, Real)}
        if not table:
            print_row('hidden', row, width)
        print_row(name, (f'{value:.4f}' for value in row.values()), width)
        table[name] = row
    return table


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    apply_args(cfg, args)
    with explained_types(cfg):
        table = evaluate(cfg)
    if is_main_process():
        path = Path(cfg.work_dir) / 'occlusion.json'
        dump(dict(config=args.config, checkpoint=args.checkpoint, metrics=table), path, indent=2)
        print(f'written to {path}')
