"""Convert checkpoints of the official PCM3 release."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.pcm3_official import main

if __name__ == '__main__':
    run_command(main)
