"""Show what a trained classifier sees in a stream of skeletons, while it runs."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.live import main

if __name__ == '__main__':
    run_command(main)
