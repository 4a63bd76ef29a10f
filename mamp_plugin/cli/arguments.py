"""Argument types of the command line."""

import argparse
from typing import Any

from mmengine.utils import import_modules_from_strings


def positive_int(text: str) -> int:
    """Return a count, which is at least 1; the ``type`` of arguments such as ``--workers``.

    Args:
        text (str): Argument as given.
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f'expected a whole number of at least 1, got {text}')
    return number


class ImportModules(argparse.Action):
    """Import of the modules that an argument names, at once, for what they register."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option_string: Any = None) -> None:
        import_modules_from_strings(values)


def add_checkpoint_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that help to read a checkpoint: ``--config`` and ``--import``."""
    parser.add_argument('--config', help='config of the run, if the checkpoint carries none')
    parser.add_argument(
        '--import',
        nargs='+',
        action=ImportModules,
        metavar='MODULE',
        help='modules that register classes or layouts of your own',
    )
