"""Convert pretraining checkpoints of the official PCM3 release to this plugin, or back."""

from mamp_plugin.cli.convert import convert_command
from mamp_plugin.engine.checkpoints.official_pcm3 import TABLE


def main() -> None:
    convert_command(__doc__, TABLE, official_key='state_dict')
