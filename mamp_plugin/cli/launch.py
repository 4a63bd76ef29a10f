"""Arguments, configs and runner of the commands that take a config."""

import argparse
import copy
import difflib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, Set, Tuple

from mmaction.registry import RUNNERS
from mmengine.config import Config
from mmengine.registry import Registry, root
from mmengine.runner import Runner

from mamp_plugin.recipes import RECIPES, apply_recipe
from mamp_plugin.skeletons import portable_layout

from .console import ConsoleRunner
from .options import Settings, check_options, has_key, split_options

#: Parts of a pretraining config from which recipes derive their own: its data and its encoder.
_FOLLOWED = ('train_dataloader.dataset', 'model.backbone', 'data_info', 'recipe_options')


def common_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the arguments of all commands, which have mmaction2's names and meaning."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--recipe',
        choices=RECIPES,
        help='turn the pretraining config into one of this downstream task, without a file of its own',
    )
    parser.add_argument(
        '--recipe-options',
        nargs='+',
        action=Settings,
        metavar='KEY=VALUE',
        help='options of the recipe, for example fraction=0.01 of semi or to=utd of transfer',
    )
    parser.add_argument(
        '--work-dir', help='folder for logs and checkpoints; if not given, work_dirs/<path of the config below configs>'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=Settings,
        metavar='KEY=VALUE',
        help='settings to override; lists as key="[a,b]" or key=a,b, without blanks; +KEY=VALUE adds a key. With '
        '--recipe they override the pretraining config, from which the recipe takes model and data, and settings of '
        'the recipe itself',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by some launchers')
    return parser


def load_config(args: argparse.Namespace) -> Config:
    """Read the config and apply the recipe and the settings of the command line."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if not Path(args.config).is_file():
        raise SystemExit(f'config file {args.config} does not exist')
    if args.recipe_options and not args.recipe:
        raise SystemExit('--recipe-options need --recipe')
    cfg = Config.fromfile(args.config)
    cfg.launcher = args.launcher
    options, new = split_options(args.cfg_options or {})
    if args.recipe:
        _apply_recipe(cfg, options, new, args)
    else:
        check_options(options, new, [cfg], args.config)
        cfg.merge_from_dict(options)
    folder = _path_below_configs(Path(args.config))
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        # as for the config file of this task, if there is one
        task = Path('downstream') / args.recipe / f'{folder}_{args.recipe}' if args.recipe else folder
        cfg.work_dir = str(Path('work_dirs') / task)
    _inline_layouts(cfg._cfg_dict)
    return cfg


def _inline_layouts(cfg: Any, are_layouts: bool = False) -> None:
    """Replace the paths of layout files by their content, so that the config of a checkpoint needs no other file."""
    for key, value in list(cfg.items() if isinstance(cfg, dict) else enumerate(cfg)):
        if (are_layouts or key == 'layout') and isinstance(value, str) and value.endswith('.json'):
            cfg[key] = portable_layout(value)
        elif isinstance(value, (dict, list)):
            _inline_layouts(value, key == 'other_layouts')


def _apply_recipe(cfg: Config, options: Dict[str, Any], new: Set[str], args: argparse.Namespace) -> None:
    """Apply settings to the pretraining config, then the recipe, then the settings of what the recipe has set.

    Settings of data and encoder belong to the pretraining config, from which the recipe derives its own.
    """
    before = copy.deepcopy(cfg)
    added = {key for key in options if key in new or not has_key(before, key.partition('.')[0])}
    early = {key for key in options if has_key(before, key) or (key in added and key.startswith(_FOLLOWED))}
    cfg.merge_from_dict({key: options[key] for key in early})
    try:
        apply_recipe(cfg, args.recipe, **(args.recipe_options or {}))
    except (ValueError, KeyError, FileNotFoundError) as error:
        raise SystemExit(f'--recipe {args.recipe} on {args.config}: {error.args[0]}') from error
    check_options(options, new, [before, cfg], args.config)
    # of the pretraining config's keys only those that the recipe has not followed and that are still there
    late = {key for key in options if key not in early or (not key.startswith(_FOLLOWED) and has_key(cfg, key))}
    cfg.merge_from_dict({key: options[key] for key in late})


def _path_below_configs(config: Path) -> Path:
    """Return where a config lies below ``configs``, which keeps runs of different tasks apart."""
    parts = config.resolve().with_suffix('').parts
    return Path(*parts[len(parts) - parts[::-1].index('configs') :]) if 'configs' in parts else Path(config.stem)


def set_checkpoint(cfg: Config, checkpoint: str) -> None:
    """Set the checkpoint to load, which must exist."""
    if not Path(checkpoint).is_file() and '://' not in checkpoint:
        raise SystemExit(f'checkpoint {checkpoint} does not exist')
    cfg.load_from = checkpoint


def build_runner(cfg: Config) -> Runner:
    """Build the runner of a config."""
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader = cfg.get(name)
        # torch refuses persistent workers where there are none
        if loader and not loader.get('num_workers') and loader.get('persistent_workers'):
            loader.persistent_workers = False
    return RUNNERS.build(cfg) if 'runner_type' in cfg else ConsoleRunner.from_cfg(cfg)


@contextmanager
def explained_types(cfg: Config) -> Iterator[None]:
    """Explain an unknown ``type``: its key in the config and the nearest known types."""
    try:
        yield
    except KeyError as error:
        message = str(error.args[0]) if error.args else ''
        unknown = next((name for path, name in _types(cfg) if f'{name} is not in the' in message), None)
        if unknown is None:
            raise
        keys = [path for path, name in _types(cfg) if name == unknown]
        known = {
            name
            for registry in vars(root).values()
            if isinstance(registry, Registry)
            for name in _known_types(registry)
        }
        close = difflib.get_close_matches(unknown, sorted(known), n=3)
        hint = f'did you mean {" or ".join(close)}? ' if close else ''
        raise SystemExit(
            f"unknown type '{unknown}' at {', '.join(keys)} in {cfg.filename}: {hint}"
            'A class of your own is known once its module is listed in custom_imports.'
        ) from error


def _types(node: Any, path: str = '') -> Iterator[Tuple[str, str]]:
    """Yield every ``type`` of a config with its dotted key."""
    if isinstance(node, (dict, Config)):
        for key, value in node.items():
            here = f'{path}.{key}' if path else str(key)
            if key == 'type' and isinstance(value, str):
                yield here, value
            yield from _types(value, here)
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _types(value, f'{path}[{index}]')


def _known_types(registry: Registry) -> Iterator[str]:
    yield from registry.module_dict
    for child in registry.children.values():
        yield from _known_types(child)
