"""Results of probes, repeated runs and downstream runs, as they lie in work dirs."""

import json
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Sequence

from .runs import Run
from .scalars import is_training

_NO_METRICS = ('step', 'time', 'data_time')


def collect_results(folders: Iterable[Path], runs: Sequence[Run]) -> Dict[str, List[Dict[str, Any]]]:
    """Return the ``probes`` of folders, and the ``results`` of downstream and repeated runs.

    Args:
        folders (iterable[Path]): Folders that were given.
        runs (sequence[Run]): Runs in them.
    """
    names = {run.folder: run.name for run in runs}
    places = dict.fromkeys([*(folder.resolve() for folder in folders), *(run.folder for run in runs)])
    contents = [(path, _read(path)) for folder in places for path in sorted(folder.glob('*.json'))]
    probes = [
        _probe(path, content, names.get(path.parent))
        for path, content in contents
        if _has_rows(content, 'weights', 'neighbor')
    ]
    results = [
        row for path, content in contents if _has_rows(content, 'metric', 'mean') for row in _rows(path, content)
    ]
    return dict(probes=probes, results=[*(row for run in runs for row in _final(run)), *results])


def final_metrics(run: Run) -> Dict[str, float]:
    """Return the metrics of the last validation of a run."""
    validations = [entry for entry in run.entries if not is_training(entry)]
    if not validations:
        return {}
    last = {key: entry for entry in validations for key in entry}
    return {key: entry[key] for key, entry in last.items() if key not in _NO_METRICS and _is_metric(entry[key])}


def _final(run: Run) -> List[Dict[str, Any]]:
    """Return the last validation and the newest test of a downstream run."""
    if not run.is_downstream:
        return []
    task = (run.cfg['model']['cls_head'] or {}).get('type', '')
    rows = [
        dict(run=run.name, task=task, what='last validation', **_metric(*item)) for item in final_metrics(run).items()
    ]
    tests = [path for log in run.tests for path in sorted(log.glob('*.json'))]
    test = _read(tests[-1]) if tests else {}
    if isinstance(test, dict):
        values = {key: value for key, value in test.items() if key not in _NO_METRICS and _is_metric(value)}
        rows += [dict(run=run.name, task=task, what='test', **_metric(*item)) for item in values.items()]
    return rows


def _metric(name: str, value: float, std: Any = None, runs: int = 1) -> Dict[str, Any]:
    return dict(metric=name, value=value, std=std, runs=runs)


def _rows(path: Path, content: dict) -> Iterable[Dict[str, Any]]:
    """Yield the rows of ``repeat.json``."""
    for row in content['rows']:
        varied = f'{content.get("vary")} = {row["value"]}' if row.get('value') is not None else ''
        metric = _metric(str(row['metric']), row['mean'], row.get('std'), row.get('runs', 1))
        yield dict(run=path.parent.name, task=varied, what='mean over seeds', **metric)


def _probe(path: Path, content: dict, run: Optional[str]) -> Dict[str, Any]:
    rows = [{key: row.get(key) for key in ('weights', 'neighbor', 'linear', 'converged')} for row in content['rows']]
    facts = {key: content.get(key) for key in ('config', 'data', 'readout', 'whiten')}
    return dict(run=run, source=f'{path.parent.name}/{path.name}', rows=rows, **facts)


def _has_rows(content: Any, *keys: str) -> bool:
    rows = content.get('rows') if isinstance(content, dict) else None
    is_list = isinstance(rows, list) and bool(rows)
    return is_list and all(isinstance(row, dict) and all(key in row for key in keys) for row in rows)


def _is_metric(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except ValueError:  # of another program, or not whole
        return None
