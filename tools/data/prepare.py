"""Convert a raw data set to an annotation file."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.prepare import main

if __name__ == '__main__':
    run_command(main)
