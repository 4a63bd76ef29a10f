"""Report 1-NN and linear accuracy of frozen features."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.probe import main

if __name__ == '__main__':
    run_command(main)
