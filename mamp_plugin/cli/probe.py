"""Report 1-nearest-neighbor and linear accuracy of a pretrained encoder's frozen features.

The first row is the same network with random weights; each checkpoint adds a row.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Tuple

from mmengine.config import Config, DictAction
from mmengine.logging import MMLogger
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope

from mamp_plugin.apis.features import build_pretrainer, extract_features
from mamp_plugin.cli.options import check_options, split_options
from mamp_plugin.evaluation import linear_probe, nearest_neighbors
from mamp_plugin.progress import show_progress
from mamp_plugin.recipes.data import evaluation_datasets


def parse_args() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config of the pretraining run: the file, or its copy in the work dir')
    parser.add_argument('checkpoints', nargs='*', help='checkpoints of that run')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='settings to override, as key=value; +key=value adds one'
    )
    return parser.parse_args()


def probe(model: BaseModel, train: dict, val: dict) -> Tuple[float, float]:
    """Return 1-nearest-neighbor and linear accuracy of a model's features, in percent.

    Args:
        model (BaseModel): A pretrainer.
        train (dict): Config of the training data.
        val (dict): Config of the validation data.
    """
    features, labels = extract_features(model, train, track=show_progress)
    queries, expected = extract_features(model, val, track=show_progress)
    predictions = nearest_neighbors(queries, features, labels), linear_probe(features, labels)(queries).argmax(dim=1)
    neighbor, linear = (100 * (predicted == expected).float().mean().item() for predicted in predictions)
    return neighbor, linear


def main() -> None:
    args = parse_args()
    for name, path in (('config file', args.config), *(('checkpoint', path) for path in args.checkpoints)):
        if not Path(path).is_file():
            raise SystemExit(f'{name} {path} does not exist')
    cfg = Config.fromfile(args.config)
    options, new = split_options(args.cfg_options or {})
    check_options(options, new, [cfg], args.config)
    cfg.merge_from_dict(options)
    if 'cls_head' in cfg.model:
        raise SystemExit(
            f'{args.config} is no pretraining config: model.type is {cfg.model.type}, with a cls_head; '
            'give the config of the pretraining run, whose checkpoints are probed'
        )
    init_default_scope('mmaction')
    MMLogger.get_instance('probe', log_level='WARNING')  # models log the origin of every weight
    datasets = evaluation_datasets(cfg)
    rows = [('random', None), *((Path(path).name, path) for path in args.checkpoints)]
    width = max(map(len, ('weights', *(name for name, _ in rows))))
    print(f'{"weights":>{width}}   1-NN  linear')
    for name, checkpoint in rows:
        neighbor, linear = probe(build_pretrainer(cfg, checkpoint), *datasets)
        print(f'{name:>{width}}  {neighbor:5.1f}   {linear:5.1f}', flush=True)
