"""What the training and the testing command share: arguments, configs, and errors that name the config's key."""

import argparse
import difflib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Tuple

from mmaction.registry import RUNNERS
from mmengine.config import Config, DictAction
from mmengine.registry import Registry, root
from mmengine.runner import Runner


def common_parser(description: str) -> argparse.ArgumentParser:
    """The arguments of both commands, with mmaction2's names and meaning."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--work-dir', help='folder for logs and checkpoints; if not given, work_dirs/<path of the config below configs>'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='settings to override, as key=value; lists as key="[a,b]" or key=a,b, without blanks',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by some launchers')
    return parser


def load_config(args: argparse.Namespace) -> Config:
    """Reads the config; the command line goes before the file."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if not Path(args.config).is_file():
        raise SystemExit(f'config file {args.config} does not exist')
    cfg = Config.fromfile(args.config)
    cfg.launcher = args.launcher
    if args.cfg_options is not None:
        cfg.merge_from_dict(args.cfg_options)
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = str(Path('work_dirs') / _path_below_configs(Path(args.config)))
    return cfg


def _path_below_configs(config: Path) -> Path:
    """Keeps runs of different tasks apart whose configs have the same name."""
    parts = config.resolve().with_suffix('').parts
    return Path(*parts[len(parts) - parts[::-1].index('configs') :]) if 'configs' in parts else Path(config.stem)


def set_checkpoint(cfg: Config, checkpoint: str) -> None:
    """Says which checkpoint to load, unless it is a file that does not exist."""
    if not Path(checkpoint).is_file() and '://' not in checkpoint:
        raise SystemExit(f'checkpoint {checkpoint} does not exist')
    cfg.load_from = checkpoint


def build_runner(cfg: Config) -> Runner:
    """Builds the runner the config asks for."""
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)


@contextmanager
def explained_types(cfg: Config) -> Iterator[None]:
    """Tells where in the config an unknown ``type`` stands and what was perhaps meant."""
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


def _types(node, path: str = '') -> Iterator[Tuple[str, str]]:
    """Every ``type`` in a config with the dotted key at which it stands."""
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
