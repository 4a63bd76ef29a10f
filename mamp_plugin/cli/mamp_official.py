"""Convert checkpoints of the official MAMP release (pretraining, linear, fine-tuned) to this plugin, or back."""

from mamp_plugin.cli.convert import convert_command
from mamp_plugin.engine.checkpoints.official_mamp import TABLE


def main() -> None:
    convert_command(__doc__, TABLE, official_key='model')
