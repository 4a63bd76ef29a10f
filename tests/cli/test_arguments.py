"""Argument types of the command line."""

from argparse import ArgumentTypeError

import pytest

from mamp_plugin.cli.arguments import positive_int


def test_counts():
    assert positive_int('12') == 12
    for text in ('0', '-3', '1.5', 'many'):
        with pytest.raises(ArgumentTypeError, match=f'whole number of at least 1, got {text}'):
            positive_int(text)
