"""Train a config with several seeds and summarize."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.repeat import main

if __name__ == '__main__':
    run_command(main)
