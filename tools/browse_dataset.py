"""Draw what the training pipeline of a config makes of sequences."""

from mamp_plugin.cli.browse_dataset import main
from mamp_plugin.cli.errors import run_command

if __name__ == '__main__':
    run_command(main)
