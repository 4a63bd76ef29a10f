"""Trains a config with several seeds, and with several values of one key, and tells mean and deviation.

    python tools/analysis_tools/repeat.py CONFIG --seeds 0 1 2 3 4
    python tools/analysis_tools/repeat.py CONFIG --vary train_dataloader.dataset.fraction 0.01 0.05 0.1

Every run is one of tools/train.py with a folder of its own, WORK_DIR/KEY_VALUE/seed_N. A training data set that is a
SubsetDataset draws its share with the seed of the run. Called again, it repeats only what failed, was interrupted or
has another config; delete a folder to repeat its run (as after training the checkpoint it starts from anew).

The numbers are those of the last validation of each run, not of its best: choosing the best epoch by the data that are
reported on makes numbers look better than they are. With one run there is no deviation; it is the sample's (n - 1).
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Dict, List, Optional

import torch

from mamp_plugin.cli.repetition import Run, plan_runs, reached, read_validations, summarise, table

TOOLS = Path(__file__).resolve().parents[2] / 'tools'


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file of a training with validation')
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2, 3, 4], help='0 1 2 3 4 if not given')
    parser.add_argument('--vary', nargs='+', metavar=('KEY', 'VALUE'), help='a config key and the values it takes')
    parser.add_argument('--work-dir', help='folder of all runs; that of tools/train.py if not given')
    parser.add_argument('--cfg-options', nargs='+', default=[], help='settings of all runs, as for tools/train.py')
    parser.add_argument(
        '--gpus', '--processes', dest='processes', type=int, default=1, help='processes of each run, 1 if not given'
    )
    parser.add_argument('--jobs', type=int, default=1, help='runs at a time, 1 if not given; each on GPUs of its own')
    parser.add_argument(
        '--best',
        nargs='?',
        choices=['max', 'min'],
        const='max',
        help='report the best of all validations instead, for every metric by itself: the highest, or the lowest (min)',
    )
    return parser.parse_args()


def command(config: str, run: Run, processes: int) -> List[str]:
    """What starts a run."""
    arguments = ['--work-dir', str(run.folder), '--cfg-options', *run.options]
    if processes > 1:
        return ['bash', str(TOOLS / 'dist_train.sh'), config, str(processes), *arguments]
    return [sys.executable, str(TOOLS / 'train.py'), config, *arguments]


def environments(jobs: int, processes: int) -> List[Dict[str, str]]:
    """What each of the runs at a time finds in its environment: GPUs of its own, as far as there are enough."""
    common = dict(os.environ, PYTHON=sys.executable)
    if jobs == 1:
        return [common]
    common.pop('PORT', None)  # two runs cannot meet at the same one
    named = os.environ.get('CUDA_VISIBLE_DEVICES')
    gpus = named.split(',') if named else [str(number) for number in range(torch.cuda.device_count())]
    if not gpus:
        return [common] * jobs
    turns = [[gpus[(job * processes + rank) % len(gpus)] for rank in range(processes)] for job in range(jobs)]
    return [dict(common, CUDA_VISIBLE_DEVICES=','.join(turn)) for turn in turns]


def train(config: str, run: Run, processes: int, slots: SimpleQueue) -> Optional[str]:
    """Runs one training to its end; returns what went wrong."""
    run.folder.mkdir(parents=True, exist_ok=True)
    run.record.unlink(missing_ok=True)
    earlier = run.logs()
    output = run.folder / 'output.log'
    environment = slots.get()
    print(f'{run.folder} starts', flush=True)
    try:
        with open(output, 'w', encoding='utf-8') as file:
            code = subprocess.run(
                command(config, run, processes), env=environment, stdout=file, stderr=subprocess.STDOUT
            ).returncode
    finally:
        slots.put(environment)
    logs = [log for log in run.logs() if log not in earlier]
    if code == 0 and logs and read_validations(logs[-1]):
        run.finish(logs[-1])
        print(f'{run.folder} is done', flush=True)
        return None
    print(f'{run.folder} failed', flush=True)
    return f'{run.folder}: {f"exit status {code}" if code else "no validation in vis_data/scalars.json"}, see {output}'


def train_all(config: str, runs: List[Run], processes: int, jobs: int) -> List[str]:
    """Trains, several at a time, and returns what went wrong."""
    slots = SimpleQueue()
    for environment in environments(jobs, processes):
        slots.put(environment)
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(train, config, run, processes, slots) for run in runs]
        try:
            return [problem for problem in (future.result() for future in futures) if problem]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def main() -> None:
    args = parse_args()
    for name in ('processes', 'jobs'):
        if getattr(args, name) < 1:
            raise SystemExit(f'--{name} must be at least 1, got {getattr(args, name)}')
    try:
        runs = plan_runs(args.config, args.seeds, args.work_dir, args.vary, args.cfg_options, args.processes)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    waiting = [run for run in runs if run.finished_log() is None]
    print(f'{len(runs)} runs, of which {len(runs) - len(waiting)} are finished already')
    problems = train_all(args.config, waiting, args.processes, args.jobs)

    logs = [(run, run.finished_log()) for run in runs]
    rows = summarise([(run, reached(read_validations(log), args.best)) for run, log in logs if log is not None])
    key = args.vary and args.vary[0]
    print(f'\n{"best" if args.best else "last"} validation of each run\n{table(rows, key)}')
    base = runs[0].folder.parents[1 if args.vary else 0]
    summary = dict(config=args.config, vary=key, best=args.best, rows=rows, failed=problems)
    (base / 'repeat.json').write_text(json.dumps(summary, indent=2), encoding='utf-8')
    if problems:
        raise SystemExit('\n'.join([f'\n{len(problems)} of {len(runs)} runs failed:', *problems]))
