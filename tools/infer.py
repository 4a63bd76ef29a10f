"""Label skeleton sequences, or extract their features."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.infer import main

if __name__ == '__main__':
    run_command(main)
