"""Test a classifier with body parts or frames hidden."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.occlusion import main

if __name__ == '__main__':
    run_command(main)
