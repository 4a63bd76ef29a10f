"""Argument types of the command line."""

import argparse


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
