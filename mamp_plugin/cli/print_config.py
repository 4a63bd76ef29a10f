"""Print a config as a run would take it: bases inherited, recipe and settings applied.

    python tools/print_config.py configs/mamp_ntu60.py
    python tools/print_config.py configs/mamp_utd.py --recipe semi --recipe-options fraction=0.01 --key optim_wrapper
    python tools/print_config.py configs/mamp_utd.py --diff configs/mamp_ntu60.py

--diff prints what another config has differently, and --key one part. The output of a whole config is one itself.
"""

import argparse
from pathlib import Path
from typing import Any, Dict

from mmengine.config import Config

from mamp_plugin.cli.launch import common_parser, load_config
from mamp_plugin.config_differences import differences


def parse_args() -> argparse.Namespace:
    parser = common_parser(__doc__ or '')
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('--key', help='print this part only, for example model.backbone')
    parser.add_argument('--diff', metavar='CONFIG', help='print keys whose values differ from those of this config')
    return parser.parse_args()


def part_of(cfg: Config, key: str) -> Dict[str, Any]:
    """Return a part of a config below its last key; exit if there is none."""
    value: Any = cfg._cfg_dict
    for name in key.split('.'):
        parts = {str(index): each for index, each in enumerate(value)} if isinstance(value, (list, tuple)) else value
        if not isinstance(parts, dict) or name not in parts:
            known = ', '.join(parts) if isinstance(parts, dict) else 'none'
            raise SystemExit(f'--key {key}: there is no {name!r}; known there: {known}')
        value = parts[name]
    return {key.rpartition('.')[2]: value}


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    cfg.pop('launcher')  # of the command line
    if not args.work_dir:
        cfg.pop('work_dir')
    if args.diff:
        if not Path(args.diff).is_file():
            raise SystemExit(f'config file {args.diff} does not exist')
        for found in differences(cfg._cfg_dict, Config.fromfile(args.diff)._cfg_dict):
            print(f'{found["key"]}: {found["base"] or "absent"} -> {found["value"] or "absent"}')
        return
    print(Config(part_of(cfg, args.key)).pretty_text if args.key else cfg.pretty_text, end='')
