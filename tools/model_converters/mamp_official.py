"""Convert checkpoints of the official MAMP release."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.mamp_official import main

if __name__ == '__main__':
    run_command(main)
