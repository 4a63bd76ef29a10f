"""Data of a downstream run, read off a pretraining config."""

import copy
from pathlib import Path
from typing import Any, Dict, Tuple

from mmengine.config import Config, ConfigDict

from .pipelines import evaluation_pipeline, pretraining_dataset

#: Facts in ``data_info`` that recipes need, with an example each.
EXAMPLES = dict(
    num_classes='60',
    val="dict(split='xsub_val')",
    untrimmed="dict(type='UntrimmedSkeletonDataset', ann_file='data/skeleton/pku1_untrimmed.pkl', num_classes=51)",
)


def data_fact(cfg: ConfigDict, name: str) -> Any:
    """Return a fact about the data set from ``data_info`` of a pretraining config.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        name (str): Key of ``data_info``.
    """
    info = cfg.get('data_info') or {}
    if name not in info:
        _refuse_several(cfg)
        raise KeyError(
            f'the pretraining config has no data_info.{name}; write {name}={EXAMPLES[name]} into its data_info, as '
            'the files in configs/_base_/datasets do'
        )
    return info[name]


def training_data(cfg: ConfigDict) -> Dict[str, Any]:
    """Return the config of the training data, without wrappers and without its pipeline."""
    _refuse_several(cfg)
    dataset = pretraining_dataset(cfg)
    return {key: copy.deepcopy(value) for key, value in dataset.items() if key != 'pipeline'}


def evaluation_data(cfg: ConfigDict) -> Dict[str, Any]:
    """Return the config of the evaluation data without its pipeline: the training data with ``data_info.val``."""
    return dict(training_data(cfg), **data_fact(cfg, 'val'), test_mode=True)


def evaluation_datasets(cfg: ConfigDict) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """Return training and evaluation data of a pretraining config, both without random augmentation.

    Args:
        cfg (ConfigDict): Resolved pretraining config.

    Returns:
        tuple[dict]: Configs of the two data sets, to extract features from.
    """
    pipeline = evaluation_pipeline(cfg)
    train = dict(training_data(cfg), pipeline=pipeline, test_mode=True)
    return train, dict(evaluation_data(cfg), pipeline=copy.deepcopy(pipeline))


def _refuse_several(cfg: ConfigDict) -> None:
    if 'datasets' in pretraining_dataset(cfg):
        raise ValueError(
            'pretraining has several data sets, so a downstream run must name its own: use --recipe transfer '
            '--recipe-options to=NAME, or probe.py --data NAME'
        )


def load_data_config(name: str) -> ConfigDict:
    """Read the config of another data set.

    Args:
        name (str): Path of a config with ``train_data`` and ``data_info``, or the name of a file in
            ``configs/_base_/datasets``, for example ``'utd'``.
    """
    folder = Path(__file__).parents[1] / '.mim' / 'configs' / '_base_' / 'datasets'
    path = Path(name) if name.endswith('.py') else folder / f'{name}.py'
    if not path.is_file():
        known = ', '.join(sorted(file.stem for file in folder.glob('*.py')))
        raise FileNotFoundError(f'data set config {name!r} does not exist; give a path, or one of {known}')
    data = Config.fromfile(str(path), import_custom_modules=False)._cfg_dict
    if 'train_data' not in data or 'data_info' not in data:
        raise KeyError(f'{path} describes no data set: it has no train_data and data_info')
    return data
