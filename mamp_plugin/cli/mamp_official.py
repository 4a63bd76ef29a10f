"""Converts checkpoints of the official MAMP release (pretraining, linear, fine-tuned) to ours, or back."""

from mamp_plugin.cli.convert import convert, converter_args, report
from mamp_plugin.engine.checkpoints.official_mamp import from_official, to_official


def main() -> None:
    args = converter_args(__doc__)
    if args.reverse:
        weights = convert(args.src, args.dst, to_official, key='model')
    else:
        weights = convert(args.src, args.dst, from_official)
    report(weights, args.dst)
