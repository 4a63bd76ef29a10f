"""Check the plugin on one GPU, and measure it there.

    bash tools/analysis_tools/gpu_check.sh                       # with a time limit
    python tools/analysis_tools/gpu_check.py --only pcm3-speed   # some checks
    python tools/analysis_tools/gpu_check.py --device cpu        # dry run of small models, without a GPU

Results of fp32 are compared with the CPU's, training steps with the textbook formulation. TF32 is off. The JSON file is
written after every check. The exit code is 1 if a check fails.
"""

import argparse
import gc
import json
import os
import platform
import sys
import time
import traceback
from functools import partial
from typing import Callable, Dict, List

import mmaction
import mmengine
import torch
from benchmarks.measure import machine, table
from gpu_checks import gradients, layers, speed, training
from gpu_checks.setup import DRY_RUN, FULL, Outcome, Setup

import mamp_plugin
from mamp_plugin.cli.errors import run_command
from mamp_plugin.output_files import check_file, open_atomically

CHECKS: Dict[str, Callable[[Setup], Outcome]] = {
    'mamp-gradients': gradients.mamp,
    'mamp-query-gradients': gradients.mamp_query,
    'pcm3-gradients': gradients.pcm3,
    'gru': layers.gru,
    'batch-norm': layers.batch_norm,
    'adamw': layers.adamw,
    'mamp-training': training.mamp,
    'mamp-training-bf16': training.mamp_bf16,
    'pcm3-training': training.pcm3,
    'mamp-speed': speed.mamp,
    'mamp-speed-bf16': partial(speed.mamp, bf16=True),
    'pcm3-speed': speed.pcm3,
    'pcm3-speed-bf16': partial(speed.pcm3, bf16=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--device', choices=['cuda', 'cpu'], default='cuda', help='cpu is a dry run of small models')
    parser.add_argument('--only', nargs='+', choices=list(CHECKS), default=list(CHECKS), metavar='CHECK', help='checks')
    parser.add_argument('--out', default='work_dirs/gpu_check.json', help='JSON file for the results')
    args = parser.parse_args()
    if args.device == 'cuda' and not torch.cuda.is_available():
        parser.error('no CUDA device found; run it on a machine with a GPU, or with --device cpu for a dry run')
    check_file(args.out)
    if not run(args.only, FULL if args.device == 'cuda' else DRY_RUN, args.out):
        sys.exit(1)


def run(names: List[str], setup: Setup, out: str) -> bool:
    """Run checks, print their results and write them to a file.

    Args:
        names (list[str]): Some of :data:`CHECKS`.
        setup (Setup): Device and sizes.
        out (str): JSON file, which is written after every check.

    Returns:
        bool: All passed.
    """
    # TF32, which cuDNN uses by default, is no more precise than fp16
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    records = [dict(name=name, passed=False, seconds=0.0, error='not run') for name in names]
    result = dict(passed=False, machine=facts(), setup=setup._asdict(), checks=records)
    write(result, out)
    for index, name in enumerate(names):
        records[index] = check(name, setup)
        result['passed'] = all(record['passed'] for record in records)
        write(result, out)
        print(summary(records[index]), flush=True)
        if records[index].get('rows'):
            table(records[index]['rows'])
    print(json.dumps(result['machine']))
    print('\n'.join(map(summary, records)))
    return result['passed']


def check(name: str, setup: Setup) -> dict:
    """Run a check and return its record."""
    start = time.perf_counter()
    record: dict = dict(name=name)
    try:
        outcome = CHECKS[name](setup)
        record.update(passed=outcome.passed, **outcome._asdict())
    except Exception as error:  # the others are run all the same
        traceback.print_exc()
        record.update(passed=False, error=f'{type(error).__name__}: {error}', traceback=traceback.format_exc())
    gc.collect()
    torch.cuda.empty_cache()
    return dict(record, seconds=time.perf_counter() - start)


def summary(record: dict) -> str:
    """Return the record of a check as a line, figures with their limits."""
    limits = record.get('limits', {})
    figures = [f'{name} {record["figures"][name]:.1e} (at most {limit:g})' for name, limit in limits.items()]
    text = record.get('error', ', '.join(figures)).partition('\n')[0]
    return f'{record["name"]:<20} {"passed" if record["passed"] else "FAILED"} {record["seconds"]:6.1f} s  {text}'


def facts() -> dict:
    """Describe the machine and the installed versions."""
    properties = torch.cuda.get_device_properties(0) if torch.cuda.is_available() else None
    return dict(
        machine(),
        python=platform.python_version(),
        system=platform.platform(),
        cores=os.cpu_count(),
        cuda=torch.version.cuda,
        cudnn=torch.backends.cudnn.version(),
        gpu_GiB=properties and properties.total_memory / 2**30,
        mamp_plugin=mamp_plugin.__version__,
        mmengine=mmengine.__version__,
        mmaction2=mmaction.__version__,
    )


def write(result: dict, out: str) -> None:
    with open_atomically(out) as file:
        file.write(json.dumps(result, indent=2).encode())


if __name__ == '__main__':
    run_command(main)
