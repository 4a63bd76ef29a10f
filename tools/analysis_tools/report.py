"""Write an HTML report of one or several runs."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.report import main

if __name__ == '__main__':
    run_command(main)
