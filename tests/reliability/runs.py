"""Small trainings in processes of their own that trials interrupt: start, watch, end, compare."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Callable, List, NamedTuple, Optional

import torch

from mamp_plugin.engine.checkpoints.loading import load
from mamp_plugin.engine.checkpoints.newest import newest_whole

ROOT = Path(__file__).parents[2]
#: Iterations between checkpoints, of an epoch, and of a run.
INTERVAL, EPOCH, LENGTH = 3, 10, 60
KINDS = dict(
    mamp=['configs/mamp_synthetic.py'],
    pcm3=['configs/pcm3_synthetic.py'],
    finetune=['configs/mamp_synthetic.py', '--recipe', 'finetune'],
)
#: Seconds until a run that does not go on is given up.
PATIENCE = 300


class Setting(NamedTuple):
    """Kind of a run, its number of ranks, and the workers of its data loaders."""

    kind: str
    ranks: int = 1
    workers: int = 0

    def __str__(self) -> str:
        ranks = '1 process' if self.ranks == 1 else f'{self.ranks} processes'
        return f'{self.kind}, {ranks}' + (f', {self.workers} workers' if self.workers else '')


class Run:
    """Training in a folder, from its newest checkpoint if it has one."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        self.setting, self.folder = setting, folder
        self.process: Optional[subprocess.Popen] = None

    def start(self) -> 'Run':
        """Start the process, or the launcher of several."""
        kind, ranks, workers = self.setting
        config, *recipe = KINDS[kind]
        options = [
            f'+train_dataloader.dataset.indices={4 * EPOCH}',
            f'train_dataloader.batch_size={4 // ranks}',
            f'train_dataloader.num_workers={workers}',
            f'+train_dataloader.persistent_workers={workers > 0}',
            f'train_cfg.max_epochs={LENGTH // EPOCH}',
            '+default_hooks.checkpoint.by_epoch=False',
            f'default_hooks.checkpoint.interval={INTERVAL}',
            'default_hooks.checkpoint.max_keep_ckpts=2',
            'default_hooks.logger.interval=1',
        ]
        launcher = [sys.executable, 'tools/train.py', config]
        if ranks > 1:
            launcher = ['tools/dist_train.sh', config, str(ranks)]
        # the run leaves the processor to whoever waits for the moment to interrupt it
        command = ['nice', '-n', '10', *launcher, *recipe, '--no-validate', '--resume', '--work-dir', str(self.folder)]
        environment = {**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHON': sys.executable}
        self._old_logs = self._logs()
        self.output = self.folder.with_name(f'{self.folder.name}.txt')
        with self.output.open('a') as output:
            where = dict(cwd=ROOT, env=environment, stdout=output, stderr=output)
            self.process = subprocess.Popen([*command, '--cfg-options', *options], start_new_session=True, **where)
        return self

    @property
    def iteration(self) -> int:
        """Last iteration that was logged since the start, 0 without one."""
        new = [path for path in self._logs() if path not in self._old_logs]
        lines = new[0].read_text().splitlines() if new else []
        return json.loads(lines[-1])['step'] if lines and lines[-1].endswith('}') else 0

    def wait_for(self, happened: Callable[[], bool], pause: float = 0.005) -> None:
        """Wait for something to happen while the run goes on."""
        end = time.monotonic() + PATIENCE
        while not happened():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f'the run ended or hangs before it could be interrupted: {self.last_lines()}')
            time.sleep(pause)

    def writes(self) -> bool:
        """Tell if a checkpoint is being written."""
        return any(name.endswith('.tmp') for name in os.listdir(self.folder))

    def processes(self) -> List[int]:
        """Return the process and its descendants, parents first."""
        return descendants(self.process.pid)

    def kill(self) -> None:
        """Kill all processes at once, as the loss of a machine does."""
        for process in self.processes():
            send(process, signal.SIGKILL)
        self.process.wait()

    def end(self, timeout: float = PATIENCE) -> int:
        """Wait for the run to end; return its exit code."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f'the run did not end within {timeout} s: {self.last_lines()}') from None

    def finish(self) -> None:
        """Run to the end."""
        code = self.start().end()
        if code:
            raise RuntimeError(f'the run ended with {code}: {self.last_lines()}')

    def last_lines(self) -> str:
        """Return the end of the output."""
        return ' | '.join(self.output.read_text().splitlines()[-3:])

    def _logs(self) -> List[Path]:
        return list(self.folder.glob('*/vis_data/scalars.json'))

    def newest(self) -> int:
        """Return the iteration of the newest whole checkpoint, 0 without one."""
        path = newest_whole(str(self.folder)).path
        return 0 if path is None else load(path)['meta']['iter']


def weights(folder: Path) -> dict:
    """Return the weights at the end of a run."""
    return load(str(folder / f'iter_{LENGTH}.pth'))['state_dict']


def equal(folder: Path, expected: Path) -> bool:
    """Compare the weights of two runs bit for bit."""
    found, wanted = weights(folder), weights(expected)
    return found.keys() == wanted.keys() and all(torch.equal(found[name], wanted[name]) for name in wanted)


def children(process: int) -> List[int]:
    """Return the child processes of the main thread of a process, none if it is gone."""
    try:
        return [int(child) for child in Path(f'/proc/{process}/task/{process}/children').read_text().split()]
    except OSError:
        return []


def descendants(process: int) -> List[int]:
    """Return a process and all its descendants."""
    return [process, *(other for child in children(process) for other in descendants(child))]


def ranks_of(run: Run) -> List[int]:
    """Return the processes that train, in the order of their ranks."""
    return [run.process.pid] if run.setting.ranks == 1 else children(run.process.pid)


def workers_of(run: Run) -> List[int]:
    """Return the workers of the data loaders."""
    return [worker for rank in ranks_of(run) for worker in descendants(rank)[1:]]


def send(process: int, number: int) -> None:
    """Signal a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(process, number)
