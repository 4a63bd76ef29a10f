"""Trains the linear classifier of a config in minutes: the frozen encoder looks at every sequence once.

Features are computed with the config's test pipeline, for training, too, so that no crop or rotation is drawn, and the
head is trained on them with the config's optimiser, schedule and epochs. Accuracy differs a little from that of
tools/train.py, which augments the training data. The whole model is saved for tools/test.py.
"""

from mmengine.registry import init_default_scope

from mamp_plugin.apis.linear_probe import linear_probe
from mamp_plugin.cli.launch import common_parser, explained_types, load_config


def main() -> None:
    parser = common_parser(__doc__)
    parser.add_argument('checkpoint', help='checkpoint of the pretraining run')
    args = parser.parse_args()
    if args.launcher != 'none':
        raise SystemExit('features are computed and learned from by one process; leave out --launcher')
    cfg = load_config(args)
    init_default_scope('mmaction')
    with explained_types(cfg):
        metrics, path = linear_probe(cfg, args.checkpoint)
    print('on features of the test pipeline, without augmentation:')
    for name, value in metrics.items():
        print(f'{name}: {value:.4f}')
    print(f'whole model saved to {path}')
