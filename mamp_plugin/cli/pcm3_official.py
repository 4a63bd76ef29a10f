"""Converts pretraining checkpoints of the official PCM3 release to ours, or back."""

from mamp_plugin.cli.convert import convert, converter_args, report
from mamp_plugin.engine.checkpoints.official_pcm3 import from_official, to_official


def main() -> None:
    args = converter_args(__doc__)
    report(convert(args.src, args.dst, to_official if args.reverse else from_official), args.dst)
