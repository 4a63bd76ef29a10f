"""Runs in work dirs: logs, config, environment and progress."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import mamp_plugin
from mamp_plugin.engine.checkpoints.config_text import parse_config

from .scalars import Curve, curves_of, join, read_entries
from .settings import describe_settings

#: Lines of the environment that say little to a reader.
_LEFT_OUT = ('PyTorch compiling details', 'sys.platform', 'MUSA available', 'mp_cfg', 'dist_cfg')
_TRAINED = re.compile(r'(Epoch|Iter)\(train\)\s*(?:\[\s*(\d+)\])?\[\s*(\d+)/\s*(\d+)\]')
#: Facts that the summary of a run logs.
_FACTS = ('config', 'model', 'training data', 'batch size', 'optimizer')


class Run:
    """Run in a work dir, with the logs of its continuations.

    Args:
        folder (Path): Work dir.
        name (str): Short name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        logs = sorted(path.parent for path in folder.glob('*/vis_data'))
        #: Folders of logs, oldest first: of training and, with a file of metrics, of tests.
        self.tests = [log for log in logs if any(log.glob('*.json'))]
        self.logs = [log for log in logs if log not in self.tests] or logs

    @cached_property
    def cfg(self) -> dict:
        """Config of the newest log, parsed as data; empty if there is none."""
        paths = [path for log in self.logs for path in sorted(log.glob('vis_data/*.py'))]
        if not paths:
            return {}
        return parse_config(
            paths[-1].read_text(encoding='utf-8'), str(paths[-1]), 'delete its folder from the work dir'
        )

    @cached_property
    def entries(self) -> List[Dict[str, Any]]:
        """Logged scalars of all logs."""
        return join(_entries(log) for log in self.logs)

    @cached_property
    def texts(self) -> List[str]:
        """Text logs, oldest first."""
        paths = [path for log in self.logs for path in sorted(log.glob('*.log'))]
        return [path.read_text(encoding='utf-8', errors='replace') for path in paths]

    @property
    def is_downstream(self) -> bool:
        """Tell runs that train a classifier from pretraining runs."""
        return 'cls_head' in (self.cfg.get('model') or {})

    @property
    def by_epoch(self) -> bool:
        """Tell runs that count epochs from those that count iterations."""
        return (self.cfg.get('train_cfg') or {}).get('type') != 'IterBasedTrainLoop'

    def curves(self) -> List[Curve]:
        """Return the curves of all scalars."""
        return curves_of(self.entries, self.by_epoch)

    def state(self, living: bool = False) -> Dict[str, Any]:
        """Return ``done``, ``total`` and a text about the progress.

        Args:
            living (bool): A process trains in the work dir. Defaults to False.
        """
        unit = 'epoch' if self.by_epoch else 'iteration'
        loop = self.cfg.get('train_cfg') or {}
        total = loop.get('max_epochs' if self.by_epoch else 'max_iters')
        done, part = self._progress()
        finished = total is not None and done >= total and not living
        word = 'finished' if finished else 'running' if living else 'not finished'
        reached = f'{unit} {done} of {total or "?"}{part}' if done or part else 'nothing logged yet'
        return dict(finished=finished, done=done, total=total, text=f'{word}: {reached}')

    def facts(self) -> List[List[str]]:
        """Return pairs of name and text: model, data, optimizer, seed."""
        found = {name: self._logged(name) for name in _FACTS}
        model, data = self.cfg.get('model') or {}, _innermost(self.cfg)
        backbone = (model.get('backbone') or {}).get('type')
        found['model'] = found['model'] or ' with '.join(filter(None, (model.get('type'), backbone)))
        names = [str(data[key]) for key in ('type', 'ann_file', 'split', 'layout') if data.get(key)]
        found['data set'] = ', '.join(names)
        seed = (self.cfg.get('randomness') or {}).get('seed')
        found['seed'] = self._last(r'^    seed: (.*)$') or ('' if seed is None else str(seed))
        found['work dir'] = str(self.folder)
        return [[name, text] for name, text in found.items() if text]

    def environment(self) -> List[List[str]]:
        """Return pairs of name and text from the newest text log."""
        text = next((text for text in reversed(self.texts) if 'System environment:' in text), '')
        block = text.partition('System environment:')[2].partition('\n\n2')[0]
        pairs = re.findall(r'^    ([^\s:-][^:\n]*): (.*)$', block, re.MULTILINE)
        return [list(pair) for pair in pairs if not pair[0].startswith(_LEFT_OUT)]

    def settings(self) -> Dict[str, Any]:
        """Return the settings, see :func:`describe_settings`, or a ``note`` on why they are not known."""
        path, named = self._config_file()
        if path is None:
            return dict(note=f'the config file {named} was not found' if named else 'the log names no config file')
        try:
            return dict(describe_settings(self.cfg, path), config=named)
        except Exception as error:  # a config is a program, and may have changed since
            return dict(note=f'{named} can no longer be read: {" ".join(str(error).split())[:200]}')

    def _config_file(self) -> Any:
        """Return the config file of the run and its name in the log; a file within the work dir is not executed."""
        packed = Path(mamp_plugin.__file__).parent / '.mim'
        dumped = [path.name for path in sorted(self.folder.glob('*.py')) if not path.name.startswith('test_')]
        named = self._logged('config') or (dumped[0] if dumped else '')
        for path in (Path(named), packed / named, *(packed / 'configs').rglob(Path(named).name)) if named else ():
            if path.is_file() and self.folder.resolve() not in path.resolve().parents:
                return path.resolve(), named
        return None, named

    def _logged(self, name: str) -> str:
        return self._last(rf'mmengine - INFO - {name}: (.*)$')

    def _last(self, pattern: str) -> str:
        found = [match for text in self.texts for match in re.findall(pattern, text, re.MULTILINE)]
        return found[-1].strip() if found else ''

    def _progress(self) -> Any:
        """Return whole epochs (or iterations) and the part of the next one as a text."""
        if self.texts and (found := _TRAINED.findall(self.texts[-1])):
            kind, epoch, step, steps = found[-1]
            if kind == 'Iter':
                return int(step), ''
            return (int(epoch), '') if step == steps else (int(epoch) - 1, f' and {step} of {steps} iterations')
        key = 'epoch' if self.by_epoch else 'iter'
        return max((entry[key] for entry in self.entries if key in entry), default=0), ''


def find_runs(folders: Sequence[str]) -> List[Run]:
    """Find the runs in some work dirs, or in folders of work dirs.

    Args:
        folders (sequence[str]): Folders.
    """
    found: Dict[Path, str] = {}
    for folder in (Path(each).resolve() for each in folders):
        if not folder.is_dir():
            raise FileNotFoundError(f'work dir {folder} does not exist; give the --work-dir of tools/train.py')
        below = sorted({path.parents[1] for path in folder.rglob('vis_data')})
        if not below and not any(folder.glob('*.json')):
            raise ValueError(f'{folder} has no logs of a run (TIME/vis_data); give the --work-dir of tools/train.py')
        for path in below:
            found.setdefault(path, str(path.relative_to(folder.parent)))
    names = list(found.values())
    twice = {name for name in names if names.count(name) > 1}
    return [Run(path, str(path) if name in twice else name) for path, name in found.items()]


def _entries(log: Path) -> List[Dict[str, Any]]:
    path = log / 'vis_data' / 'scalars.json'
    paths: Sequence[Path] = [path] if path.is_file() else sorted(log.glob('vis_data/*.json'))
    return [entry for path in paths for entry in read_entries(path)]


def _innermost(cfg: dict) -> dict:
    """Return the training data set inside of its wrappers."""
    node: Optional[dict] = (cfg.get('train_dataloader') or {}).get('dataset') or {}
    while isinstance(node, dict) and isinstance(node.get('dataset'), dict):
        node = node['dataset']
    return node
