"""Convert an annotation file to a memory-mapped store."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.make_store import main

if __name__ == '__main__':
    run_command(main)
