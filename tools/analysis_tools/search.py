"""List the most similar sequences of a gallery."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.search import main

if __name__ == '__main__':
    run_command(main)
