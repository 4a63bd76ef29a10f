"""Train the linear classifier of a config in minutes: the frozen encoder encodes every sequence once.

Features are computed with the config's test pipeline, for training, too, so there is no random augmentation; the head
is trained on them with the config's optimizer, schedule and epochs. Accuracy differs a little from that of
tools/train.py, which augments the training data. The whole model is saved for tools/test.py.
"""

from mmengine.registry import init_default_scope

from mamp_plugin.apis.linear_head import load_frozen_recognizer, train_linear_head
from mamp_plugin.cli.launch import common_parser, explained_types, load_config
from mamp_plugin.progress import show_progress


def main() -> None:
    parser = common_parser(__doc__)
    parser.add_argument('checkpoint', help='checkpoint of the pretraining run')
    args = parser.parse_args()
    if args.launcher != 'none':
        raise SystemExit(f'linear_probe.py runs in one process, got --launcher {args.launcher}; leave it out')
    cfg = load_config(args)
    if 'cls_head' not in cfg.model:
        raise SystemExit(
            f'{args.config} has no model.cls_head: model.type is {cfg.model.type}; '
            'turn a pretraining config into a linear evaluation with --recipe linear'
        )
    init_default_scope('mmaction')
    with explained_types(cfg):
        try:
            model = load_frozen_recognizer(cfg, args.checkpoint)
        except (ValueError, OSError) as error:
            raise SystemExit(str(error)) from error
        metrics, path = train_linear_head(cfg, model, show_progress)
    print('on features of the test pipeline, without augmentation:')
    for name, value in metrics.items():
        print(f'{name}: {value:.4f}')
    print(f'whole model saved to {path}')
