"""Train a linear classifier on precomputed features."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.linear_probe import main

if __name__ == '__main__':
    run_command(main)
