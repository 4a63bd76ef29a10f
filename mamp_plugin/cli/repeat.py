"""Train a config with several seeds, and optionally several values of one key; report mean and standard deviation.

    python tools/analysis_tools/repeat.py CONFIG --seeds 0 1 2 3 4
    python tools/analysis_tools/repeat.py CONFIG --vary train_dataloader.dataset.fraction 0.01 0.05 0.1

Each run is a run of tools/train.py in its own folder, WORK_DIR/KEY_VALUE/seed_N. If the training data set is a
SubsetDataset, the seed of the run also draws the subset. When called again, only runs that failed, were interrupted or
have another config are repeated; delete a folder to repeat its run, for example after retraining its checkpoint. If a
run fails before its first validation, no further run starts, because the others would fail alike.

Reported are the metrics of the last validation, because selecting the best epoch on the reported data overestimates
them. The standard deviation is that of the sample (n - 1); a single run has none.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Dict, List, Optional, Sequence

import torch

from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.cli.child_processes import ChildProcesses, terminated_on_exit
from mamp_plugin.cli.repetition import Run, plan_runs, read_validations, select_metrics, summarize, table


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config of a training run with validation')
    parser.add_argument('--recipe', help='downstream task of a pretraining config, as for tools/train.py')
    parser.add_argument('--recipe-options', nargs='+', default=[], help='options of the recipe, as key=value')
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2, 3, 4], help='seeds; default: 0 1 2 3 4')
    parser.add_argument('--vary', nargs='+', metavar=('KEY', 'VALUE'), help='a config key and its values')
    parser.add_argument('--work-dir', help='folder of all runs; default: as for tools/train.py')
    parser.add_argument('--cfg-options', nargs='+', default=[], help='settings of all runs, as key=value')
    parser.add_argument(
        '--gpus',
        '--processes',
        dest='processes',
        type=positive_int,
        default=1,
        help='processes of each run; default: 1',
    )
    parser.add_argument('--jobs', type=positive_int, default=1, help='runs at a time, each on its own GPUs; default: 1')
    parser.add_argument(
        '--best',
        nargs='?',
        choices=['max', 'min'],
        const='max',
        help='report the best of all validations for each metric: the highest (default), or the lowest (min)',
    )
    return parser.parse_args()


def recipe_arguments(args: argparse.Namespace) -> List[str]:
    """Return the arguments that name the recipe."""
    options = ['--recipe-options', *args.recipe_options] if args.recipe_options else []
    return ['--recipe', args.recipe, *options] if args.recipe else options


def command(config: Sequence[str], run: Run, processes: int) -> List[str]:
    """Return the command of a run of a config, which the arguments of a recipe may follow."""
    python, train = [sys.executable, '-m'], ['mamp_plugin.cli.train', *config]
    arguments = ['--work-dir', str(run.folder), '--cfg-options', *run.options]
    if processes == 1:
        return [*python, *train, *arguments]
    torchrun = ['torch.distributed.run', '--standalone', '--nproc_per_node', str(processes), '-m']
    return [*python, *torchrun, *train, '--launcher', 'pytorch', *arguments]


def environments(jobs: int, processes: int) -> List[Dict[str, str]]:
    """Return the environment of each concurrent run, with its own GPUs as far as there are enough."""
    common = dict(os.environ)
    if jobs == 1:
        return [common]
    named = os.environ.get('CUDA_VISIBLE_DEVICES')
    gpus = named.split(',') if named else [str(number) for number in range(torch.cuda.device_count())]
    if not gpus:
        return [common] * jobs
    turns = [[gpus[(job * processes + rank) % len(gpus)] for rank in range(processes)] for job in range(jobs)]
    return [dict(common, CUDA_VISIBLE_DEVICES=','.join(turn)) for turn in turns]


def train(
    config: Sequence[str], run: Run, processes: int, slots: SimpleQueue, children: ChildProcesses
) -> Optional[str]:
    """Train one run; return an error message if it failed. If it never validated, let no further run start."""
    if children.closed:
        return None
    run.folder.mkdir(parents=True, exist_ok=True)
    run.record.unlink(missing_ok=True)
    earlier = run.logs()
    output = run.folder / 'output.log'
    environment = slots.get()
    print(f'{run.folder} starts', flush=True)
    try:
        with open(output, 'w', encoding='utf-8') as file:
            code = children.run(command(config, run, processes), env=environment, stdout=file, stderr=subprocess.STDOUT)
    finally:
        slots.put(environment)
    if code is None:
        return None
    logs = [log for log in run.logs() if log not in earlier]
    validated = bool(logs and read_validations(logs[-1]))
    if code == 0 and validated:
        run.finish(logs[-1])
        print(f'{run.folder} is done', flush=True)
        return None
    print(f'{run.folder} failed', flush=True)
    if validated:
        return f'{run.folder}: exit status {code}, see {output}'
    children.close()
    reason = f'exit status {code} before the first validation' if code else 'no validation in vis_data/scalars.json'
    return f'{run.folder}: {reason}, see {output}, which ends with\n{last_lines(output)}'


def last_lines(output: Path, number: int = 10) -> str:
    """Return the last lines of a log, indented and without the traceback of torchrun."""
    lines = output.read_text(encoding='utf-8', errors='replace').splitlines()
    torchrun = (row for row, line in enumerate(lines) if re.match(r'[EW]\d{4} .*torch/distributed/elastic', line))
    return '\n'.join(f'    {line}' for line in lines[: next(torchrun, None)][-number:])


def train_all(config: Sequence[str], runs: List[Run], processes: int, jobs: int) -> List[str]:
    """Train all runs, several at a time; return the error messages."""
    slots: SimpleQueue = SimpleQueue()
    for environment in environments(jobs, processes):
        slots.put(environment)
    with ThreadPoolExecutor(jobs) as pool, terminated_on_exit() as children:
        futures = [pool.submit(train, config, run, processes, slots, children) for run in runs]
        return [problem for problem in (future.result() for future in futures) if problem]


def main() -> None:
    args = parse_args()
    try:
        recipe = recipe_arguments(args)
        runs = plan_runs(args.config, args.seeds, args.work_dir, args.vary, args.cfg_options, args.processes, recipe)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    waiting = [run for run in runs if run.finished_log() is None]
    print(f'{len(runs)} runs, {len(runs) - len(waiting)} of them finished before')
    problems = train_all([args.config, *recipe], waiting, args.processes, args.jobs)

    logs = [(run, run.finished_log()) for run in runs]
    rows = summarize([(run, select_metrics(read_validations(log), args.best)) for run, log in logs if log is not None])
    key = args.vary and args.vary[0]
    if rows:
        print(f'\n{"best" if args.best else "last"} validation of each run\n{table(rows, key)}')
    base = runs[0].folder.parents[1 if args.vary else 0]
    summary = dict(config=args.config, vary=key, best=args.best, rows=rows, failed=problems)
    (base / 'repeat.json').write_text(json.dumps(summary, indent=2), encoding='utf-8')
    if problems:
        missing = sum(log is None for _, log in logs) - len(problems)
        rest = f', {missing} were not started' if missing else ''
        raise SystemExit('\n'.join([f'\n{len(problems)} of {len(runs)} runs failed{rest}:', *problems]))
