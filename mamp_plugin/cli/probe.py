"""Report 1-nearest-neighbor and linear accuracy of a pretrained encoder's frozen features.

The first rows are baselines: nearest neighbors (cosine) among the poses themselves, as the evaluation pipeline gives
them, and the same network with random weights. Each checkpoint adds a row. --data probes on another data set than that
of pretraining.
"""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import NamedTuple, Optional

from mmengine.config import Config, DictAction
from mmengine.logging import MMLogger
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from torch import Tensor

from mamp_plugin.apis.features import RawPoses, build_pretrainer, extract_features
from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.cli.options import check_options, split_options
from mamp_plugin.evaluation import fit_whitening, linear_probe, nearest_neighbors
from mamp_plugin.output_files import check_file, open_atomically
from mamp_plugin.progress import show_progress
from mamp_plugin.recipes import evaluation_datasets, on_data
from mamp_plugin.recipes.encoder import describe_encoder


def parse_args() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config of the pretraining run: the file, or its copy in the work dir')
    parser.add_argument('checkpoints', nargs='*', help='checkpoints of that run')
    parser.add_argument(
        '--data',
        metavar='NAME',
        help='probe on this data set, a name in configs/_base_/datasets or a config; a skeleton layout other than that '
        'of pretraining needs a backbone with joint_names',
    )
    parser.add_argument(
        '--readout',
        choices=['mean', 'parts'],
        help='mean: over persons, time and joints (PCM3: as its pool says); parts: by time segments and body parts, a '
        'longer feature, with settings from model.readout of the config. Defaults to model.readout, or mean without it',
    )
    parser.add_argument(
        '--whiten',
        type=positive_int,
        metavar='COMPONENTS',
        help='whiten features, fitted on the training split, for example 64',
    )
    parser.add_argument('--seed', type=int, default=0, help='seed of the random weights; default: 0')
    parser.add_argument('--out', help='JSON file to write the rows to')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='settings to override, as key=value; +key=value adds one'
    )
    return parser.parse_args()


class Accuracies(NamedTuple):
    """Accuracies in percent, and False if the linear solver did not converge; None if not computed."""

    neighbor: float
    linear: Optional[float] = None
    converged: bool = True

    def __str__(self) -> str:
        linear = '    -' if self.linear is None else f'{self.linear:5.1f}'
        remark = '' if self.converged else '  (the linear solver did not converge; its accuracy may change)'
        return f'{self.neighbor:5.1f}   {linear}{remark}'


def probe(model: BaseModel, train: dict, val: dict, whiten: Optional[int] = None, linear: bool = True) -> Accuracies:
    """Return 1-nearest-neighbor and linear accuracy of a model's features.

    Args:
        model (BaseModel): A pretrainer.
        train (dict): Config of the training data.
        val (dict): Config of the validation data.
        whiten (int, optional): Components of a whitening fitted on the training data. Defaults to None: no whitening.
        linear (bool): Compute the linear accuracy. Defaults to True.
    """
    features, labels = extract_features(model, train, track=show_progress)
    queries, expected = extract_features(model, val, track=show_progress)
    if whiten is not None:
        whitening = fit_whitening(features, whiten)
        features, queries = whitening(features), whitening(queries)

    def accuracy(predicted: Tensor) -> float:
        return 100 * (predicted == expected).float().mean().item()

    neighbor = accuracy(nearest_neighbors(queries, features, labels))
    if not linear:
        return Accuracies(neighbor)
    classifier = linear_probe(features, labels)
    return Accuracies(neighbor, accuracy(classifier(queries).argmax(dim=1)), classifier.converged)


def with_data(cfg: Config, name: str) -> Config:
    """Return a pretraining config on another data set; exit if its encoder cannot know the joints."""
    other = Config(on_data(cfg._cfg_dict, name)[0], filename=cfg.filename)
    trained, probed = (describe_encoder(each._cfg_dict).layout for each in (cfg, other))
    if trained != probed and not cfg.model.backbone.get('joint_names'):
        raise SystemExit(
            f'--data {name} has skeletons of layout {probed!r}, but {cfg.filename} pretrains a vector per joint of '
            f'{trained!r}; probe an encoder pretrained with model.backbone.joint_names=True, or fine-tune with '
            f'tools/train.py CONFIG --recipe transfer --recipe-options to={name}'
        )
    return other


def main() -> None:
    args = parse_args()
    for name, path in (('config file', args.config), *(('checkpoint', path) for path in args.checkpoints)):
        if not Path(path).is_file():
            raise SystemExit(f'{name} {path} does not exist')
    cfg = Config.fromfile(args.config)
    if args.data:
        cfg = with_data(cfg, args.data)
    options, new = split_options(args.cfg_options or {})
    check_options(options, new, [cfg], args.config)
    cfg.merge_from_dict(options)
    if 'cls_head' in cfg.model:
        raise SystemExit(
            f'{args.config} is no pretraining config: model.type is {cfg.model.type}, with a cls_head; '
            'give the config of the pretraining run, whose checkpoints are probed'
        )
    if args.readout == 'mean':
        cfg.model.pop('readout', None)
    elif args.readout == 'parts':
        cfg.model.readout = dict(cfg.model.get('readout') or {}, type='PartPool')
    if args.out:
        check_file(args.out)
    init_default_scope('mmaction')
    MMLogger.get_instance('probe', log_level='WARNING')  # models log the origin of every weight
    datasets = evaluation_datasets(cfg)
    rows = [('random', None), *((Path(path).name, path) for path in args.checkpoints)]
    width = max(map(len, ('raw poses', *(name for name, _ in rows))))
    print(f'{"weights":>{width}}   1-NN  linear')
    results = []

    def report(name: str, accuracies: Accuracies) -> None:
        print(f'{name:>{width}}  {accuracies}', flush=True)
        results.append(dict(weights=name, **accuracies._asdict()))

    for name, checkpoint in rows:
        model = build_pretrainer(cfg, checkpoint, args.seed)
        if checkpoint is None:
            report('raw poses', probe(RawPoses(model.data_preprocessor), *datasets, linear=False))
        report(name, probe(model, *datasets, whiten=args.whiten))
    if args.out:
        with open_atomically(args.out) as file:
            readout = (cfg.model.get('readout') or {}).get('type', 'mean')
            facts = dict(config=args.config, data=args.data, readout=readout, whiten=args.whiten)
            file.write(json.dumps(dict(facts, rows=results), indent=2).encode())
