"""Benchmark the plugin against plain implementations of the same computation, in one run.

    python tools/analysis_tools/benchmark.py mamp-step        # MAMP: training step
    python tools/analysis_tools/benchmark.py mamp-pipeline    # MAMP: data pipeline
    python tools/analysis_tools/benchmark.py pcm3-step        # PCM3: encoder and training step
    python tools/analysis_tools/benchmark.py encoder          # load_encoder: features of sequences
    python tools/analysis_tools/benchmark.py skeleton-text    # NTU RGB+D: parsing of text files
    python tools/analysis_tools/benchmark.py data-store       # SkeletonDataset: reading from a store
    python tools/analysis_tools/benchmark.py hooks            # checks of a training run: share of a step

Candidates run in turn, and the median of several rounds is reported. Run it on an otherwise idle machine: load on the
cores slows down any of these several times. ``--out FILE.json`` writes the numbers to a file.
"""

import argparse
import json

from benchmarks import data_store, encoder, hooks, mamp_pipeline, mamp_step, pcm3_step, skeleton_text
from benchmarks.measure import machine

from mamp_plugin.cli.errors import run_command
from mamp_plugin.output_files import check_file

BENCHMARKS = {
    'mamp-step': mamp_step,
    'mamp-pipeline': mamp_pipeline,
    'pcm3-step': pcm3_step,
    'encoder': encoder,
    'skeleton-text': skeleton_text,
    'data-store': data_store,
    'hooks': hooks,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', help='JSON file for the numbers')
    commands = parser.add_subparsers(dest='name', required=True)
    for name, benchmark in BENCHMARKS.items():
        benchmark.add_arguments(commands.add_parser(name, help=benchmark.__doc__.splitlines()[0]))
    args = parser.parse_args()
    if args.out:
        check_file(args.out)

    result = dict(name=args.name, machine=machine(), rows=BENCHMARKS[args.name].run(args))
    print(json.dumps(result['machine']))
    if args.out:
        with open(args.out, 'w', encoding='utf-8') as file:
            json.dump(result, file, indent=2)


if __name__ == '__main__':
    run_command(main)
