"""Fuzz the readers of all files: every mutated file must be read or refused in one line that names it.

Each file is read in a forked process under limits of memory and time. Reported are signals, MemoryErrors, timeouts,
execution of code from the file, and errors that are not the project's own; ``--seed`` repeats one::

    python tests/reliability/fuzz.py --long                # ten minutes
    python tests/reliability/fuzz.py --kind npz --seed 12  # one file again, with the traceback
"""

import argparse
import gc
import logging
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional

import fuzz_files
import fuzz_mutations
import torch
from page import heading, write_into

from mamp_plugin.cli.errors import explain

MEMORY = 2**30  # above the idle process
SECONDS = 10
LONGEST_LINE = 4000
BATCH = 200


class Case(NamedTuple):
    """Mutation of a file, made again from its seed."""

    kind: str
    seed: int


class Failure(NamedTuple):
    """Case that crashed, or was neither read nor refused as it should be."""

    case: Case
    reason: str

    def __str__(self) -> str:
        return f'--kind {self.case.kind} --seed {self.case.seed}: {self.reason}'


class Fuzzer:
    """Reads cases in forked processes.

    Args:
        folder (Path): Empty folder for the files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kinds = fuzz_files.kinds(folder)
        self.outcomes: Counter = Counter()

    def write(self, case: Case) -> Path:
        """Write the files of a case, and return the path of the mutated one."""
        kind, rng = self.kinds[case.kind], random.Random(f'{case.kind} {case.seed}')
        root = self.folder / 'case'
        shutil.rmtree(root, ignore_errors=True)
        for name, content in kind.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        mutated, mutations = kind.files[kind.target], fuzz_mutations.mutations_of(kind.target, kind.files[kind.target])
        if case.seed:  # 0 is the valid file
            mutated = rng.choice(mutations)(rng, mutated)
            if mutated and rng.random() < 0.3 and len(mutated) < 100_000:
                mutated = rng.choice(fuzz_mutations.GENERAL)(rng, mutated)
        (root / kind.target).write_bytes(mutated)
        return root / kind.target

    def outcome(self, case: Case) -> str:
        """Read a case in this process: ``'read'``, ``'refused'`` or what is wrong."""
        path = self.write(case)
        os.chdir(path.parent)
        try:
            self.kinds[case.kind].read(path)
            found = 'read'
        except Exception as error:
            found = 'refused' if case.seed else f'the valid file is refused: {error}'
            found = _fault(error, path) or found
        return 'code was executed' if (path.parent / 'witness').exists() else found

    def run(self, cases: List[Case]) -> Iterator[Failure]:
        """Yield the failures among cases."""
        while cases:
            done, status = self._forked(cases[:BATCH])
            for case, found in zip(cases, done):
                self.outcomes[found if found in ('read', 'refused') else 'failure'] += 1
                if found not in ('read', 'refused'):
                    yield Failure(case, found)
            cases, ended = cases[len(done) :], cases[len(done) : len(done) + 1]
            if status:
                found, alone = self._forked(ended)  # without what earlier cases have left in memory
                self.outcomes[''.join(found) or 'failure'] += 1
                if alone:
                    yield Failure(ended[0], _signal(alone))
                elif found[0] not in ('read', 'refused'):
                    yield Failure(ended[0], found[0])
                cases = cases[1:]

    def _forked(self, cases: List[Case]) -> tuple:
        """Read cases in a child; return the outcomes of those that it finished, and its exit status."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            with open(writer, 'w', encoding='utf-8') as results:
                self._child(cases, results)
        os.close(writer)
        with open(reader, encoding='utf-8') as results:
            lines = results.read().split('\n')[:-1]
        return lines, os.waitpid(child, 0)[1]

    def _child(self, cases: List[Case], results) -> None:
        try:
            _limit_memory()
            for case in cases:
                _limit_time()
                found = self.outcome(case)
                results.write(found.replace('\n', ' ') + '\n')
                results.flush()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)


def _fault(error: BaseException, path: Path) -> Optional[str]:
    """Tell why an error is not one of the project's, or return None."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f'{type(error).__name__} at {Path(place.filename).name}:{place.lineno}'
    cause: Optional[BaseException] = error
    while cause is not None:
        if isinstance(cause, MemoryError) or 'allocat' in str(cause):
            return f'MemoryError in {where}'
        cause = cause.__cause__ or cause.__context__
    line = explain(error)
    if line is None:
        return f'{where}: {str(error)[:200]}'
    if not any(part in line for part in (path.name, path.parent.name)):
        return f'no file in {where}: {line[:200]}'
    return f'{len(line)} characters in {where}' if len(line) > LONGEST_LINE else None


def _limit_memory() -> None:
    pages = int(Path('/proc/self/statm').read_text().split()[0])
    size = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + SECONDS + 1, hard))


def _signal(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return f'the process ended with {status}'
    found = signal.Signals(os.WTERMSIG(status))
    return f'timeout of {SECONDS} s' if found == signal.SIGXCPU else f'crash by {found.name}'


def prepare() -> None:
    """Quiet the libraries, and spare the children what they would do each."""
    warnings.simplefilter('ignore')
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    gc.freeze()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--long', action='store_true', help='ten minutes instead of one')
    parser.add_argument('--minutes', type=float, help='time to spend')
    parser.add_argument('--start', type=int, default=0, help='first seed')
    parser.add_argument('--kind', help='one kind of file')
    parser.add_argument('--seed', type=int, help='one file, with the traceback')
    parser.add_argument('--out', type=Path, help='page to write the figures to')
    args = parser.parse_args()
    prepare()
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(Path(folder))
        if args.seed is not None:
            _limit_memory()
            path = fuzzer.write(Case(args.kind, args.seed))
            fuzzer.kinds[args.kind].read(path)
            return
        kinds: Dict[str, fuzz_files.Kind] = {args.kind: fuzzer.kinds[args.kind]} if args.kind else fuzzer.kinds
        start = time.monotonic()
        end = start + 60 * (args.minutes or (10 if args.long else 1))
        seed, failures = args.start, 0
        while time.monotonic() < end:
            for failure in fuzzer.run([Case(kind, seed + index) for kind in kinds for index in range(5)]):
                print(failure, flush=True)
                failures += 1
            seed += 5
        outcomes = ', '.join(f'{count} {name}' for name, count in sorted(fuzzer.outcomes.items()))
        figures = f'{sum(fuzzer.outcomes.values())} files of {len(kinds)} kinds, up to seed {seed - 1}: {outcomes}'
        print(figures)
        if args.out:
            seconds = time.monotonic() - start
            write_into(args.out, 'fuzz', f'{heading(seconds)} {figures}; {failures or "none"} against the rules.')
        sys.exit(failures > 0)


if __name__ == '__main__':
    main()
