"""Evaluate a checkpoint with the test part of a config."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.test import main

if __name__ == '__main__':
    run_command(main)
