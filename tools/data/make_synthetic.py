"""Write the synthetic data set to an annotation file."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.make_synthetic import main

if __name__ == '__main__':
    run_command(main)
