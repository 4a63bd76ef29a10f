"""Reproduce a table of results from its commands."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.results import main

if __name__ == '__main__':
    run_command(main)
