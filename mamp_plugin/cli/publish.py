"""Publish the encoder of a run: weights as safetensors, config in JSON and a model card, ready for a model hub.

    python tools/model_converters/publish.py work_dirs/mamp_ntu60/epoch_400.pth published/mamp-ntu60

``load_encoder('published/mamp-ntu60')`` loads it again. Optimizer, decoder and all other parts stay behind.
"""

import argparse

from mamp_plugin.apis.publish import publish_encoder
from mamp_plugin.cli.arguments import add_checkpoint_arguments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', help='checkpoint of a run')
    parser.add_argument('folder', help='folder to write')
    add_checkpoint_arguments(parser)
    args = parser.parse_args()
    facts = publish_encoder(args.checkpoint, args.folder, args.config)
    print(f'{args.folder}: encoder of {args.checkpoint}, SHA-256 {facts["sha256"]}')
