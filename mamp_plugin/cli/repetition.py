"""One config trained with several seeds: which runs there are, which are done, and what they reached on average."""

import copy
import json
import re
from collections import Counter
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from mmengine.config import Config

from .launch import common_parser, load_config

#: What mmengine writes beside the metrics of a validation.
NOT_METRICS = ('time', 'data_time', 'step')


class Run(NamedTuple):
    """One training run among several.

    Args:
        value (str, optional): The value of the varied key. None if nothing is varied.
        seed (int): The seed of the run.
        folder (Path): Its work dir.
        options (list[str]): Its ``--cfg-options``, as ``key=value``.
        settings (dict): All that its result depends on; a run with other settings is another run.
    """

    value: Optional[str]
    seed: int
    folder: Path
    options: List[str]
    settings: Dict

    @property
    def record(self) -> Path:
        """The file that is there once the run is finished."""
        return self.folder / 'finished.json'

    def logs(self) -> List[Path]:
        """What mmengine logged in this folder as JSON, the newest last."""
        return sorted(self.folder.glob('*/vis_data/scalars.json'))

    def finish(self, log: Path) -> None:
        """Notes that the run went through, and which log is its own."""
        log = str(log.relative_to(self.folder))
        self.record.write_text(json.dumps(dict(log=log, settings=self.settings), indent=2), encoding='utf-8')

    def finished_log(self) -> Optional[Path]:
        """The log of the run if it is finished with these very settings."""
        try:
            record = json.loads(self.record.read_text(encoding='utf-8'))
            log = self.folder / record['log']
            return log if record['settings'] == self.settings and read_validations(log) else None
        except (OSError, ValueError, KeyError, TypeError):  # no record, or one that was cut off
            return None


def plan_runs(
    config: str,
    seeds: Sequence[int],
    work_dir: Optional[str] = None,
    vary: Optional[Sequence[str]] = None,
    cfg_options: Sequence[str] = (),
    processes: int = 1,
) -> List[Run]:
    """One run for every seed and every value of the varied key.

    A run's seed is also the seed of a training data set that is a ``SubsetDataset``, so that every run draws its share
    anew, unless ``cfg_options`` or ``vary`` set its seed.

    Args:
        config (str): The config file.
        seeds (Sequence[int]): Seeds.
        work_dir (str, optional): Folder of all runs. The config's if None.
        vary (Sequence[str], optional): A config key, then its values. Defaults to None, which varies nothing.
        cfg_options (Sequence[str]): Further settings, as ``key=value``. Defaults to ``()``.
        processes (int): Processes per run, which change the total batch. Defaults to 1.
    """
    key, *values = vary or (None, None)
    whole = load_config(common_parser('').parse_args([config, *(['--work-dir', work_dir] if work_dir else [])]))
    if not values:
        raise ValueError(f'--vary {key} has no values; give them after the key')
    if key is not None and key.partition('.')[0] not in whole:
        raise ValueError(f"--vary {key}: {config} has no '{key.partition('.')[0]}'")
    runs = []
    for value, seed in product(values, seeds):
        chosen = [*cfg_options, *([] if value is None else [f'{key}={value}'])]
        cfg = _with_options(whole, chosen)
        if cfg.get('val_dataloader') is None or cfg.get('val_evaluator') is None:
            raise ValueError(f'{config} has no validation (val_dataloader, val_evaluator), so runs give no metrics')
        options = [*(f'{name}={seed}' for name in _subset_seeds(cfg)), *chosen, f'randomness.seed={seed}']
        folder = Path(cfg.work_dir) / ('' if value is None else folder_name(key, value)) / f'seed_{seed}'
        runs.append(Run(value, seed, folder, options, _settings(_with_options(whole, options), processes)))
    folder, count = Counter(run.folder for run in runs).most_common(1)[0]
    if count > 1:
        raise ValueError(f'{count} runs would share the folder {folder}; give every seed and every value once')
    return runs


def folder_name(key: str, value: str) -> str:
    """The key and the value, without what a folder's name should not have."""
    return re.sub(r'[^\w.,+-]+', '_', f'{key}_{value}')


def _with_options(cfg: Config, options: Sequence[str]) -> Config:
    """The config as ``tools/train.py`` will see it."""
    cfg = copy.deepcopy(cfg)
    for option in options:
        if '=' not in option:
            raise ValueError(f"--cfg-options: '{option}' is not a setting; write KEY=VALUE")
    if options:
        cfg.merge_from_dict(common_parser('').parse_args(['config', '--cfg-options', *options]).cfg_options)
    return cfg


def _subset_seeds(cfg: Config) -> Iterator[str]:
    """The keys that say which share of the training data is kept."""
    key, node = 'train_dataloader.dataset', cfg.train_dataloader.dataset
    while isinstance(node, dict):
        if node.get('type') == 'SubsetDataset':
            yield f'{key}.seed'
        key, node = f'{key}.dataset', node.get('dataset')


def _settings(cfg: Config, processes: int) -> Dict:
    """What a result depends on, as it comes back from a JSON file."""
    config = {key: value for key, value in cfg.to_dict().items() if key not in ('work_dir', 'launcher')}
    return json.loads(json.dumps(dict(config=config, processes=processes), default=repr))


def read_validations(log: Path) -> List[Dict[str, float]]:
    """The metrics of every validation in mmengine's ``scalars.json``, in their order."""
    entries = [json.loads(line) for line in log.read_text(encoding='utf-8').splitlines()]
    # a line of training has iter, one that some hook added has no data_time
    validations = [entry for entry in entries if 'data_time' in entry and 'iter' not in entry]
    return [{name: value for name, value in entry.items() if name not in NOT_METRICS} for entry in validations]


def reached(validations: List[Dict[str, float]], best: Optional[str] = None) -> Dict[str, float]:
    """What a run is judged by: its last validation, or every metric's best.

    Args:
        validations (list[dict]): Metrics by name, of every validation.
        best (str, optional): ``'max'`` or ``'min'``, whichever is better. Defaults to None, which takes the last.
    """
    if best is None:
        return validations[-1]
    pick = dict(max=max, min=min)[best]
    return {name: pick(entry[name] for entry in validations if name in entry) for name in validations[-1]}


def summarise(results: Sequence[Tuple[Run, Dict[str, float]]]) -> List[Dict]:
    """Mean and sample deviation over the seeds, for every value and metric.

    Args:
        results (Sequence[tuple[Run, dict]]): Runs and what they reached.

    Returns:
        list[dict]: ``value``, ``metric``, ``mean``, ``std`` (None for a single run), ``runs``, and ``by_seed``.
    """
    groups: Dict[Tuple, Dict[int, float]] = {}
    for run, metrics in results:
        for metric, number in metrics.items():
            groups.setdefault((run.value, metric), {})[run.seed] = number
    return [
        dict(
            value=value,
            metric=metric,
            mean=mean(by_seed.values()),
            std=stdev(by_seed.values()) if len(by_seed) > 1 else None,
            runs=len(by_seed),
            by_seed=by_seed,
        )
        for (value, metric), by_seed in groups.items()
    ]


def table(rows: Sequence[Dict], key: Optional[str] = None) -> str:
    """The summary as text.

    Args:
        rows (Sequence[dict]): From :func:`summarise`.
        key (str, optional): The varied key, a column of its own. Defaults to None.
    """
    lines = [[key or '', 'metric', 'mean', 'std', 'runs']]
    for row in rows:
        std = 'none' if row['std'] is None else f'{row["std"]:.4f}'
        lines.append([row['value'] or '', row['metric'], f'{row["mean"]:.4f}', std, str(row['runs'])])
    widths = [max(map(len, column)) for column in zip(*lines)]
    texts = ('  '.join(cell.ljust(width) for cell, width in zip(line, widths)).strip() for line in lines)
    return '\n'.join(texts)
