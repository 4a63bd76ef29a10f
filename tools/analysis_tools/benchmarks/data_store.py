"""Skeletons from a store against mmaction2's PoseDataset: opening, memory with workers, samples per second.

The data are as many generated sequences as NTU RGB+D 60 has, 80 frames on average, one in five with two persons. Each
measurement runs in its own process. Memory is the proportional set size (PSS) of that process and of the workers that
together have read every sequence once: ``own`` is anonymous and shared memory, ``mapped`` are file pages, which the
system can reclaim.
"""

import argparse
import multiprocessing
import pickle
import statistics
import tempfile
import time
from pathlib import Path
from typing import Dict, List

import numpy as np
from mmaction.registry import DATASETS

from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.datasets.annotations.store import write_store

from .measure import in_fresh_process, prepare, table

CANDIDATES = {
    'PoseDataset': dict(type='PoseDataset', ann_file='data.pkl'),
    'SkeletonDataset, store': dict(type='SkeletonDataset', ann_file='data.store'),
    'SkeletonDataset, half store': dict(type='SkeletonDataset', ann_file='half.store'),
}
#: Minimal pipeline of data for a GCN.
PIPELINE = [dict(type='FormatGCNInput', num_person=2), dict(type='PackActionInputs')]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--sequences', type=positive_int, default=56880)
    parser.add_argument('--workers', type=positive_int, default=4)
    parser.add_argument('--samples', type=positive_int, default=4000, help='samples per timed pass')
    parser.add_argument('--rounds', type=positive_int, default=3)
    parser.add_argument('--folder', help='folder for temporary files (5 GB); default: that of the system')


def make_files(folder: str, sequences: int) -> None:
    """Write the same random sequences in all formats; they are views of one array to save memory."""
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal(1 << 22, dtype=np.float32)
    annotations = []
    for index in range(sequences):
        shape = 1 + int(rng.random() < 0.2), int(rng.integers(40, 121)), 25, 3
        start = rng.integers(len(numbers) - np.prod(shape))
        keypoint = numbers[start : start + np.prod(shape)].reshape(shape)
        name = f'S001C001P001R001A{index:06d}'
        annotations.append(dict(frame_dir=name, label=index % 60, total_frames=shape[1], keypoint=keypoint))
    content = dict(split=dict(train=[annotation['frame_dir'] for annotation in annotations]), annotations=annotations)
    with open(Path(folder, 'data.pkl'), 'wb') as file:
        pickle.dump(content, file, protocol=5)
    write_store(content, Path(folder, 'data.store'))
    write_store(content, Path(folder, 'half.store'), half=True)


def measure(folder: str, candidate: str, workers: int, samples: int) -> Dict[str, float]:
    """Measure opening, two passes in random order, and the memory of an epoch shared by workers."""
    prepare()
    config = CANDIDATES[candidate]
    config = dict(config, ann_file=str(Path(folder, config['ann_file'])), split='train')
    start = time.perf_counter()
    dataset = DATASETS.build(dict(config, pipeline=[]))
    result = dict(open_s=time.perf_counter() - start)
    order = np.random.default_rng(0).permutation(len(dataset))
    result['read_per_s'] = rate(dataset, order[:samples])
    pipeline, dataset.pipeline = (
        dataset.pipeline,
        DATASETS.build(dict(config, pipeline=PIPELINE, lazy_init=True)).pipeline,
    )
    result['samples_per_s'] = rate(dataset, order[:samples])
    dataset.pipeline = pipeline
    result.update(memory_of_epoch(dataset, order, workers))
    return result


def rate(dataset, order: np.ndarray) -> float:
    """Return samples per second of CPU time in the second of two passes."""
    for _ in range(2):
        start = time.process_time()
        for index in order.tolist():
            dataset[index]
        spent = time.process_time() - start
    return len(order) / spent


def memory_of_epoch(dataset, order: np.ndarray, workers: int) -> Dict[str, float]:
    """Return the memory in GiB of this process and of forked workers that have read their share of an epoch."""
    context = multiprocessing.get_context('fork')
    read, leave = context.Barrier(workers + 1), context.Event()
    processes = [
        context.Process(target=work, args=(dataset, share, read, leave)) for share in np.array_split(order, workers)
    ]
    for process in processes:
        process.start()
    read.wait()
    found = [proportional_set_size(process.pid) for process in (multiprocessing.current_process(), *processes)]
    leave.set()
    for process in processes:
        process.join()
    return {key: sum(size[key] for size in found) for key in found[0]}


def work(dataset, share: np.ndarray, read, leave) -> None:
    for index in share.tolist():
        dataset[index]
    read.wait()
    leave.wait()


def proportional_set_size(pid: int) -> Dict[str, float]:
    """Return the proportional set size of a process in GiB."""
    lines = Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()[1:]
    sizes = {line.partition(':')[0]: int(line.split()[1]) / 2**20 for line in lines}
    return dict(own_GiB=sizes['Pss_Anon'] + sizes['Pss_Shmem'], mapped_GiB=sizes['Pss_File'])


def run(args: argparse.Namespace) -> List[dict]:
    found: Dict[str, List[dict]] = {name: [] for name in CANDIDATES}
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        in_fresh_process(make_files, folder, args.sequences)
        for _ in range(args.rounds):
            for name, results in found.items():
                results.append(in_fresh_process(measure, folder, name, args.workers, args.samples))
    rows = []
    for name, results in found.items():
        row = {key: statistics.median(result[key] for result in results) for key in results[0]}
        first = rows[0] if rows else row
        rows.append(dict(candidate=name, **row, opens_faster=first.get('open_s') / row['open_s']))
    table(rows)
    return rows
