"""Test a classifier on occluded body parts and frames; print a table and write occlusion.json to the work dir.

The config may define 'occlusions', a dict from names to lists of transforms; the default is that of
mamp_plugin.recipes.occlusion: each body part, each pair of them, and stretches of frames.
"""

from argparse import Namespace
from numbers import Real
from pathlib import Path
from typing import Dict, Iterable

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.fileio import dump

from mamp_plugin.apis.occlusion import evaluate_occluded
from mamp_plugin.cli.launch import build_runner, common_parser, explained_types, load_config, set_checkpoint
from mamp_plugin.recipes.occlusion import OCCLUSIONS


def parse_args() -> Namespace:
    parser = common_parser(__doc__)
    parser.add_argument('checkpoint', help='checkpoint of the classifier')
    return parser.parse_args()


def apply_args(cfg: Config, args: Namespace) -> None:
    """Set up the config for testing with all occlusions."""
    set_checkpoint(cfg, args.checkpoint)
    if cfg.get('test_cfg') is None:
        raise SystemExit(f'{args.config} has no test_cfg, so there is nothing to test; give the config of a classifier')
    # persistent workers would keep the pipeline of the first occlusion
    cfg.test_dataloader.persistent_workers = False
    cfg.log_level = 'WARNING'
    # mmengine alone would test missing weights with random values
    cfg.custom_hooks = cfg.get('custom_hooks') or []
    if not any(hook['type'] == 'PretrainedEncoderHook' for hook in cfg.custom_hooks):
        cfg.custom_hooks.append(dict(type='PretrainedEncoderHook'))
    if 'occlusions' not in cfg:
        cfg.occlusions = OCCLUSIONS


def print_row(name: str, cells: Iterable[str], width: int) -> None:
    """Print a row of the table on the main process."""
    if is_main_process():
        print(f'{name:<{width}}', *(f'{cell:>10}' for cell in cells), flush=True)


def evaluate(cfg: Config) -> Dict[str, Dict[str, float]]:
    """Return the scalar metrics of all occlusions and print each row once it is known."""
    width = max(map(len, ('occluded', *cfg.occlusions)))
    table = {}
    for name, metrics in evaluate_occluded(build_runner(cfg), cfg.occlusions):
        row = {key: float(value) for key, value in metrics.items() if isinstance(value, Real)}
        if not table:
            print_row('occluded', row, width)
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
