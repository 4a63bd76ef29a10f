"""Repeated training runs of one config: plan, completion records and statistics."""

import json
import re
from collections import Counter
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from mmengine.config import Config

from .launch import common_parser, load_config

#: Entries of mmengine's validation log that are not metrics.
NOT_METRICS = ('time', 'data_time', 'step')


class Run(NamedTuple):
    """A training run among several.

    Args:
        value (str, optional): Value of the varied key. None if no key is varied.
        seed (int): Seed.
        folder (Path): Work dir.
        options (list[str]): ``--cfg-options`` as ``key=value``.
        settings (dict): Config and number of processes; a run with other settings is another run.
    """

    value: Optional[str]
    seed: int
    folder: Path
    options: List[str]
    settings: Dict

    @property
    def record(self) -> Path:
        """Path of the file that marks a finished run."""
        return self.folder / 'finished.json'

    def logs(self) -> List[Path]:
        """Return mmengine's JSON logs in this folder, the newest last."""
        return sorted(self.folder.glob('*/vis_data/scalars.json'))

    def finish(self, log: Path) -> None:
        """Record that the run is finished, with its log."""
        record = dict(log=str(log.relative_to(self.folder)), settings=self.settings)
        self.record.write_text(json.dumps(record, indent=2), encoding='utf-8')

    def finished_log(self) -> Optional[Path]:
        """Return the log of the run if it was finished with the same settings."""
        try:
            record = json.loads(self.record.read_text(encoding='utf-8'))
            log = self.folder / record['log']
            return log if record['settings'] == self.settings and read_validations(log) else None
        except (OSError, ValueError, KeyError, TypeError):  # no record, or a truncated one
            return None


def plan_runs(
    config: str,
    seeds: Sequence[int],
    work_dir: Optional[str] = None,
    vary: Optional[Sequence[str]] = None,
    cfg_options: Sequence[str] = (),
    processes: int = 1,
    recipe: Sequence[str] = (),
) -> List[Run]:
    """Plan one run for each seed and each value of the varied key.

    The seed of a run is also the seed of every ``SubsetDataset`` of the training data, so that each run draws another
    subset, unless ``cfg_options`` or ``vary`` set that seed.

    Args:
        config (str): Config file.
        seeds (Sequence[int]): Seeds.
        work_dir (str, optional): Folder of all runs. Defaults to None, which means that of the config.
        vary (Sequence[str], optional): A config key and its values. Defaults to None.
        cfg_options (Sequence[str]): Further settings as ``key=value``. Defaults to ``()``.
        processes (int): Processes per run, which scale the total batch size. Defaults to 1.
        recipe (Sequence[str]): Arguments of the command line that name a recipe. Defaults to ``()``.
    """
    key, *values = vary or (None, None)
    arguments = [config, *recipe, *(['--work-dir', work_dir] if work_dir else [])]
    whole = _read(arguments, cfg_options)
    if not values:
        raise ValueError(f'--vary {key} has no values; give them after the key')
    if key is not None and key.partition('.')[0] not in whole:
        raise ValueError(f"--vary {key}: {config} has no '{key.partition('.')[0]}'")
    runs = []
    for value, seed in product(values, seeds):
        chosen = [*cfg_options, *([] if value is None else [f'{key}={value}'])]
        cfg = _read(arguments, chosen)
        if cfg.get('val_dataloader') is None or cfg.get('val_evaluator') is None:
            raise ValueError(f'{config} has no validation metrics; set val_dataloader and val_evaluator')
        _check_visualizer(cfg, config)
        options = [*(f'{name}={seed}' for name in _subset_seeds(cfg)), *chosen, f'randomness.seed={seed}']
        folder = Path(cfg.work_dir) / ('' if value is None else folder_name(key, value)) / f'seed_{seed}'
        runs.append(Run(value, seed, folder, options, _settings(_read(arguments, options), processes)))
    folder, count = Counter(run.folder for run in runs).most_common(1)[0]
    if count > 1:
        raise ValueError(f'{count} runs would share the folder {folder}; give every seed and every value once')
    return runs


def _check_visualizer(cfg: Config, name: str) -> None:
    """Check that metrics are logged to ``scalars.json``, the default of mmengine if no visualizer is set."""
    if cfg.get('visualizer') is None:
        return
    types = [backend['type'] for backend in cfg.visualizer.get('vis_backends') or []]
    names = [kind.rpartition('.')[2] if isinstance(kind, str) else kind.__name__ for kind in types]
    if 'LocalVisBackend' not in names:
        raise ValueError(
            f'visualizer.vis_backends of {name} has {", ".join(names) or "nothing"}, but no LocalVisBackend, whose '
            "scalars.json holds the metrics to report; add dict(type='LocalVisBackend') to it"
        )


def folder_name(key: str, value: str) -> str:
    """Return a folder name for a value of a key, without special characters."""
    return re.sub(r'[^\w.,+-]+', '_', f'{key}_{value}')


def _read(arguments: Sequence[str], options: Sequence[str]) -> Config:
    """Return the config of a run, as ``tools/train.py`` reads it."""
    for option in options:
        if '=' not in option:
            raise ValueError(f"--cfg-options: '{option}' is not a setting; write KEY=VALUE")
    return load_config(common_parser('').parse_args([*arguments, *(['--cfg-options', *options] if options else [])]))


def _subset_seeds(cfg: Config) -> Iterator[str]:
    """Iterate over the keys of the seeds of training subsets, marked as new where a subset has none."""
    key, node = 'train_dataloader.dataset', cfg.train_dataloader.dataset
    while isinstance(node, dict):
        if node.get('type') == 'SubsetDataset':
            yield f'{key}.seed' if 'seed' in node else f'+{key}.seed'
        key, node = f'{key}.dataset', node.get('dataset')


def _settings(cfg: Config, processes: int) -> Dict:
    """Return config and number of processes as they are after a JSON round trip."""
    config = {key: value for key, value in cfg.to_dict().items() if key not in ('work_dir', 'launcher')}
    return json.loads(json.dumps(dict(config=config, processes=processes), default=repr))


def read_validations(log: Path) -> List[Dict[str, float]]:
    """Return the metrics of every validation in mmengine's ``scalars.json``, in order."""
    entries = [json.loads(line) for line in log.read_text(encoding='utf-8').splitlines()]
    # entries of training have iter, those of hooks have no data_time
    validations = [entry for entry in entries if 'data_time' in entry and 'iter' not in entry]
    return [{name: value for name, value in entry.items() if name not in NOT_METRICS} for entry in validations]


def select_metrics(validations: List[Dict[str, float]], best: Optional[str] = None) -> Dict[str, float]:
    """Return the metrics of the last validation, or the best value of each metric.

    Args:
        validations (list[dict]): Metrics of every validation.
        best (str, optional): 'max' or 'min' for the best values. Defaults to None, which means the last validation.
    """
    if best is None:
        return validations[-1]
    pick = dict(max=max, min=min)[best]
    return {name: pick(entry[name] for entry in validations if name in entry) for name in validations[-1]}


def summarize(results: Sequence[Tuple[Run, Dict[str, float]]]) -> List[Dict]:
    """Return mean and sample standard deviation over the seeds, for each value and metric.

    Args:
        results (Sequence[tuple[Run, dict]]): Runs and their metrics.

    Returns:
        list[dict]: Rows of ``value``, ``metric``, ``mean``, ``std`` (None for a single run), ``runs``, ``by_seed``.
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
    """Format rows as a text table.

    Args:
        rows (Sequence[dict]): Rows of :func:`summarize`.
        key (str, optional): The varied key, heading of the first column. Defaults to None.
    """
    lines = [[key or '', 'metric', 'mean', 'std', 'runs']]
    for row in rows:
        std = 'none' if row['std'] is None else f'{row["std"]:.4f}'
        lines.append([row['value'] or '', row['metric'], f'{row["mean"]:.4f}', std, str(row['runs'])])
    widths = [max(map(len, column)) for column in zip(*lines)]
    texts = ('  '.join(cell.ljust(width) for cell, width in zip(line, widths)).strip() for line in lines)
    return '\n'.join(texts)
