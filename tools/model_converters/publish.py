"""Publish an encoder."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.publish import main

if __name__ == '__main__':
    run_command(main)
