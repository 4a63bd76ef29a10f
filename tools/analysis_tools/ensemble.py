"""Average the scores of several streams."""

from mamp_plugin.cli.ensemble import main
from mamp_plugin.cli.errors import run_command

if __name__ == '__main__':
    run_command(main)
