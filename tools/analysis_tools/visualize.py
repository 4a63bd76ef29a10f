"""Draw sequences, masks, predictions, neighbors, embeddings and confusion."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.visualize import main

if __name__ == '__main__':
    run_command(main)
