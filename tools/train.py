"""Train or pretrain the model of a config."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.train import main

if __name__ == '__main__':
    run_command(main)
