"""Draw what the training pipeline of a config makes of some sequences, below the sequences as they are stored.

    python tools/browse_dataset.py configs/pcm3_ntu60.py --number 4 --out pictures

A row for each view; a pipeline with one view is applied twice, to show its augmentation.
"""

import argparse
import os
from typing import Any, Dict, List, Tuple

import numpy as np
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed

from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.cli.options import Settings, check_options, split_options
from mamp_plugin.output_files import check_folder
from mamp_plugin.skeletons import SkeletonLayout, get_layout
from mamp_plugin.visualization.looks import DARK, LIGHT, save_figure
from mamp_plugin.visualization.strips import Strip, strips_figure


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file')
    parser.add_argument('--number', type=positive_int, default=4, help='sequences, evenly spaced; default: 4')
    parser.add_argument('--out', required=True, metavar='FOLDER', help='folder for the pictures')
    parser.add_argument('--frames', type=positive_int, default=8, help='frames of a sequence to draw; default: 8')
    parser.add_argument('--seed', type=int, default=0, help='seed of the augmentation; default: 0')
    parser.add_argument('--dark', action='store_true', help='dark background')
    parser.add_argument(
        '--cfg-options', nargs='+', action=Settings, metavar='KEY=VALUE', help='settings to override; +KEY=VALUE adds'
    )
    return parser.parse_args()


def read_config(args: argparse.Namespace) -> Config:
    """Read the config and apply the settings of the command line."""
    if not os.path.isfile(args.config):
        raise SystemExit(f'config file {args.config} does not exist')
    cfg = Config.fromfile(args.config)
    options, new = split_options(args.cfg_options or {})
    check_options(options, new, [cfg], args.config)
    cfg.merge_from_dict(options)
    if 'train_dataloader' not in cfg:
        raise SystemExit(f'{args.config} has no train_dataloader, so there is no training pipeline to draw')
    return cfg


def views_of(dataset: Any, index: int) -> List[Tuple[str, np.ndarray]]:
    """Return title and coordinates ``(M, T, V, C)`` of the views that the pipeline makes."""
    draws = [dataset[index]['inputs'] for _ in range(2)]
    clips = draws[0] if len(draws[0]) > 1 else [draw[0] for draw in draws]
    word = 'view' if len(draws[0]) > 1 else 'draw'
    return [(f'{word} {number}', np.asarray(clip)) for number, clip in enumerate(clips, 1)]


def layout_of(sample: Dict[str, Any], cfg: Config) -> SkeletonLayout:
    """Return the layout of a sample, that of the encoder if the data set says none."""
    return get_layout(sample.get('layout') or cfg.model.backbone.layout)


def main() -> None:
    args = parse_args()
    cfg = read_config(args)
    check_folder(args.out)
    init_default_scope('mmaction')
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    set_random_seed(args.seed)
    look = DARK if args.dark else LIGHT
    count = min(args.number, len(dataset))
    for number in range(count):
        index = number * len(dataset) // count
        stored = dataset.get_data_info(index)
        layout, name = layout_of(stored, cfg), str(stored.get('frame_dir', index))
        strips = [Strip.of(stored['keypoint'], layout, 'stored')]
        strips += [Strip.of(clip, layout, title, centered=True) for title, clip in views_of(dataset, index)]
        label = '' if stored.get('label') is None else f', class {stored["label"]}'
        path = os.path.join(args.out, f'{number}_{"".join(c if c.isalnum() else "_" for c in name)[:60]}.png')
        save_figure(strips_figure(strips, args.frames, look, f'{name}{label}')[0], path)
        print(f'drawn: {path}')
