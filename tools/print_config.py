"""Print a config as a run would take it."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.print_config import main

if __name__ == '__main__':
    run_command(main)
