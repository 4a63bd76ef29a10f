"""Export an encoder, or a whole classifier, to ONNX, TorchScript or safetensors.

    python tools/deployment/export.py work_dirs/linear/epoch_100.pth --classes names.txt
    python tools/deployment/run_onnx.py work_dirs/linear/epoch_100.onnx jump.npy

Batches of any size are accepted, and sequences of any length if the encoder takes any. The file is kept only if its
outputs are those of PyTorch. A JSON file beside it describes input, output, preparation and classes.
"""

import argparse
from pathlib import Path

from mamp_plugin.apis.export import FORMATS, export_model
from mamp_plugin.cli.arguments import add_checkpoint_arguments


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', help='checkpoint of a run, or a published encoder')
    parser.add_argument('--format', choices=FORMATS, default='onnx', help='safetensors: the weights alone')
    parser.add_argument('--out', help='file to write; default: beside the checkpoint')
    parser.add_argument(
        '--part',
        choices=['encoder', 'classifier'],
        help='features or probabilities; default: classifier, if there is one',
    )
    add_checkpoint_arguments(parser)
    parser.add_argument('--pool', choices=['mean', 'parts'], default='mean', help='pool of the features')
    parser.add_argument('--classes', metavar='FILE', help='file of class names, one a line')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    out = args.out or str(Path(args.checkpoint).with_suffix(FORMATS[args.format]))
    facts = export_model(args.checkpoint, out, args.format, args.part, args.config, args.pool, args.classes)
    print(f'input: {facts["input"]["name"]} {facts["input"]["shape"]}')
    print(f'output: {facts["output"]["holds"]} {facts["output"]["shape"]}')
    print(f'largest difference from PyTorch: {facts["largest_difference"]:.1e}')
    print(f'written to {out} and {Path(out).with_suffix(".json")}')
