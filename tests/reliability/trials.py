"""Interrupt trainings in every way, resume them, and compare the weights in the end with an uninterrupted run's.

    python tests/reliability/trials.py                                       # one trial of each kind
    python tests/reliability/trials.py --long --out docs/reliability.md      # all; the figures go into the page

Processes are real ones, started by tools/train.py and tools/dist_train.sh. Full disks need root, to mount a tmpfs.
"""

import argparse
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple

from page import heading, write_into
from runs import INTERVAL, Run, Setting, equal, ranks_of, send, workers_of

#: Every kind on one and two ranks, half of them with workers.
SETTINGS = [
    Setting('mamp', 1),
    Setting('mamp', 2, workers=2),
    Setting('pcm3', 1, workers=2),
    Setting('pcm3', 2),
    Setting('finetune', 1),
    Setting('finetune', 2, workers=2),
]


class Outcome(NamedTuple):
    """One interruption: its kind, what it did, and why it counts as failed, if it does."""

    kind: str
    text: str
    failure: str = ''

    def __str__(self) -> str:
        return f'{"FAILED " if self.failure else ""}{self.kind}: {self.text} {self.failure}'.rstrip()


class Trials:
    """Trials in a folder.

    Args:
        folder (Path): Empty folder.
        long (bool): All of them instead of one of each kind.
    """

    def __init__(self, folder: Path, long: bool) -> None:
        self.folder, self.long = folder, long
        self.draw = random.Random(0)
        self._count = 0

    def new_folder(self) -> Path:
        """Return the path of a new work dir."""
        self._count += 1
        return self.folder / f'run_{self._count}'

    @cache  # noqa: B019
    def whole(self, kind: str, ranks: int) -> Path:
        """Return the work dir of an uninterrupted run."""
        run = Run(Setting(kind, ranks), self.new_folder())
        run.finish()
        return run.folder

    def settings(self) -> List[Setting]:
        """Return the settings of runs."""
        return SETTINGS if self.long else SETTINGS[:1]

    # ---- kills -------------------------------------------------------------------------------------------------------

    def kills(self) -> Iterator[Outcome]:
        """Kill all processes: at any moment, in the middle of an epoch, while a checkpoint is written."""
        for setting in self.settings():
            run = Run(setting, self.new_folder())
            moments = [self.any_moment, self.mid_epoch, self.at_write, self.mid_epoch, self.at_write]
            outcomes = [self.killed(run, moment) for moment in (moments if self.long else moments[2:3])]
            yield from self.finished(run, outcomes)

    def killed(self, run: Run, moment: Callable[[Run], str]) -> Outcome:
        """Kill a run at a moment; fail if a checkpoint that was complete is lost."""
        before = run.newest()
        run.start()
        text = moment(run)
        reached = run.iteration
        run.kill()
        newest = run.newest()
        # the checkpoint of the iteration that was logged last may not be complete
        lost = newest < max(before, (reached - 1) // INTERVAL * INTERVAL)
        return Outcome(text, f'{run.setting}: iteration {reached}, newest {newest}', 'checkpoint lost' if lost else '')

    def any_moment(self, run: Run) -> str:
        """Wait for some time, of which a part passes before training begins."""
        time.sleep(self.draw.uniform(1, 8))
        return 'kill at any moment'

    def mid_epoch(self, run: Run) -> str:
        """Wait for an iteration after which no checkpoint is written and no epoch ends."""
        start = run.newest()
        goal = start + self.draw.choice([4, 5, 7, 8])
        run.wait_for(lambda: run.iteration >= goal)
        return 'kill in the middle of an epoch'

    def at_write(self, run: Run) -> str:
        """Wait until a checkpoint is being written."""
        run.wait_for(lambda: run.iteration > 0)
        for _ in range(self.draw.randint(1, 3)):
            run.wait_for(lambda: not run.writes(), 0)
            run.wait_for(run.writes, 0)
        return 'kill while a checkpoint is written'

    def finished(self, run: Run, outcomes: List[Outcome]) -> Iterator[Outcome]:
        """Run to the end; yield the outcomes, failed if the weights differ."""
        try:
            run.finish()
            same = equal(run.folder, self.whole(run.setting.kind, run.setting.ranks))
            problem = '' if same else 'other weights in the end'
        except RuntimeError as error:
            problem = str(error)
        shutil.rmtree(run.folder, ignore_errors=True)
        for outcome in outcomes:
            yield outcome._replace(failure=outcome.failure or problem)

    # ---- full disk ---------------------------------------------------------------------------------------------------

    def disks(self) -> Iterator[Outcome]:
        """Let the disk be full when a checkpoint is written; go on when there is room again."""
        for setting in self.settings()[:5]:
            size = max(path.stat().st_size for path in self.whole(setting.kind, 1).glob('*.pth'))
            with tmpfs(self.new_folder(), int(2.6 * size)) as disk:
                run = Run(setting, disk / 'run')
                run.output = disk.with_name(f'{disk.name}.txt')
                code = run.start().end()
                said = [line for line in run.output.read_text().splitlines() if 'No space left' in line]
                good = code != 0 and said and run.newest() >= INTERVAL
                failure = '' if good else f'exit code {code}, newest {run.newest()}, said: {said}'
                subprocess.run(['mount', '-o', 'remount,size=1G', str(disk)], check=True)
                yield from self.finished(run, [Outcome('full disk', f'{setting}: exit code {code}', failure)])

    # ---- signals and deaths ------------------------------------------------------------------------------------------

    def signals(self) -> Iterator[Outcome]:
        """Tell runs to end: the process or, of two, the launcher; SIGUSR1 is for the ranks."""
        numbers = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
        cases = [(kind, ranks, number) for number in numbers for kind, ranks in (('mamp', 1), ('pcm3', 2))]
        for kind, ranks, number in cases if self.long else cases[:1]:
            run = Run(Setting(kind, ranks), self.new_folder()).start()
            run.wait_for(lambda run=run: run.iteration >= 13)
            told = ranks_of(run) if number == signal.SIGUSR1 else [run.process.pid]
            for process in told:
                send(process, number)
            reached, code = run.iteration, run.end()
            # Ctrl-C saves nothing new
            wanted = reached if number != signal.SIGINT else (reached - 1) // INTERVAL * INTERVAL
            failure = '' if code and run.newest() >= wanted else f'exit code {code}, newest {run.newest()}'
            text = f'{run.setting}: {number.name}, exit code {code}, iteration {run.newest()} saved'
            yield from self.finished(run, [Outcome('signal', text, failure)])

    def deaths(self) -> Iterator[Outcome]:
        """Kill one process of a run; the others have to end, with an error."""
        victims: Dict[str, Callable[[Run], int]] = {
            'a worker': lambda run: workers_of(run)[0],
            'rank 0': lambda run: ranks_of(run)[0],
            'rank 1': lambda run: ranks_of(run)[1],
            'the launcher': lambda run: run.process.pid,
        }
        settings = [Setting('mamp', 1, 2), Setting('mamp', 2, 2), Setting('pcm3', 2, 2)]
        cases = [('a worker', setting) for setting in settings]
        cases += [(name, setting) for name in ('rank 0', 'rank 1') for setting in settings[1:]]
        cases += [('the launcher', settings[1])]
        for name, setting in cases if self.long else cases[1:2]:
            yield from self.died(name, victims[name], setting)

    def died(self, name: str, victim: Callable[[Run], int], setting: Setting) -> Iterator[Outcome]:
        """Kill a process of a run, wait for all others to end, and resume it."""
        run = Run(setting, self.new_folder()).start()
        run.wait_for(lambda: run.iteration >= 8 and (not setting.workers or bool(workers_of(run))))
        others = run.processes()
        send(victim(run), signal.SIGKILL)
        start = time.monotonic()
        code = run.end()
        while any(running(process) for process in others) and time.monotonic() < start + 60:
            time.sleep(0.05)
        seconds = time.monotonic() - start
        left = [process for process in others if running(process)]
        failure = f'exit code {code}, still running: {left}' if left or code == 0 else ''
        for process in left:
            send(process, signal.SIGKILL)
        outcome = Outcome('death of a process', f'{setting}: {name}, all ended after {seconds:.1f} s', failure)
        yield from self.finished(run, [outcome])


def running(process: int) -> bool:
    """Tell if a process exists and has not ended."""
    try:
        return re.search(r'^State:\s+Z', Path(f'/proc/{process}/status').read_text(), re.M) is None
    except OSError:
        return False


@contextmanager
def tmpfs(folder: Path, size: int) -> Iterator[Path]:
    """Mount a small disk in memory."""
    folder.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(['umount', '-l', str(folder)], check=True)


def table(outcomes: List[Outcome], seconds: float) -> str:
    """Return the figures in Markdown."""
    tried, failed = Counter(), Counter()
    for outcome in outcomes:
        tried[outcome.kind] += 1
        failed[outcome.kind] += bool(outcome.failure)
    rows = [f'| {kind} | {count - failed[kind]} of {count} |' for kind, count in tried.items()]
    lines = [heading(seconds), '', '| interruption | resumed to equal weights |', '|---|---|', *rows]
    return '\n'.join(lines)


def main() -> None:
    kinds = ('kills', 'disks', 'signals', 'deaths')
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--long', action='store_true', help='all trials')
    parser.add_argument('--only', nargs='+', choices=kinds, default=kinds, help='kinds of trials')
    parser.add_argument('--out', type=Path, help='page to write the figures to')
    args = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and their children
    start = time.monotonic()
    outcomes: List[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(Path(folder), args.long)
        for kind in args.only:
            for outcome in getattr(trials, kind)():
                outcomes.append(outcome)
                print(outcome, flush=True)
    figures = table(outcomes, time.monotonic() - start)
    print(figures)
    if args.out:
        write_into(args.out, 'trials', figures)
    sys.exit(any(outcome.failure for outcome in outcomes))


if __name__ == '__main__':
    main()
