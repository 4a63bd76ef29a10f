"""Report the content and the defects of an annotation file or a store."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.inspect_data import main

if __name__ == '__main__':
    run_command(main)
