"""Says what a pretrained encoder's features are worth: 1-nearest-neighbour and linear accuracy, nothing fine-tuned.

The first row is the same network with random weights; every checkpoint adds a row.
"""

from argparse import ArgumentParser
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

from mamp_plugin.apis.features import build_pretrainer, extract_features
from mamp_plugin.evaluation import linear_probe, nearest_neighbours


def parse_args():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config of the pretraining run')
    parser.add_argument('checkpoints', nargs='*', help='checkpoints of that run')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='settings to override, as key=value')
    return parser.parse_args()


def probe(model, cfg: Config) -> tuple:
    """1-NN and linear accuracy of a model's features, in percent."""
    train, val = (
        extract_features(model, dict(data, pipeline=cfg.test_pipeline, test_mode=True))
        for data in (cfg.train_data, cfg.val_data)
    )
    neighbour = nearest_neighbours(val[0], *train)
    linear = linear_probe(*train)(val[0]).argmax(dim=1)
    return tuple(100 * (predicted == val[1]).float().mean().item() for predicted in (neighbour, linear))


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    if args.cfg_options is not None:
        cfg.merge_from_dict(args.cfg_options)
    init_default_scope('mmaction')
    MMLogger.get_instance('probe', log_level='WARNING')  # models log where each weight is from
    rows = [('random', None), *((Path(path).name, path) for path in args.checkpoints)]
    width = max(len(name) for name, _ in rows)
    print(f'{"weights":>{width}}   1-NN  linear')
    for name, checkpoint in rows:
        neighbour, linear = probe(build_pretrainer(cfg, checkpoint), cfg)
        print(f'{name:>{width}}  {neighbour:5.1f}   {linear:5.1f}', flush=True)
