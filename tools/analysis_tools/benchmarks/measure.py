"""Measurement of time, memory and the machine's matrix product rate."""

import gc
import multiprocessing
import platform
import resource
import statistics
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Callable, Dict, List

import torch
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope


def synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def seconds(call: Callable) -> float:
    synchronize()
    start = time.perf_counter()
    call()
    synchronize()
    return time.perf_counter() - start


def in_turn(candidates: Dict[str, Callable], rounds: int) -> Dict[str, float]:
    """Run candidates in turn and return the median seconds of each, without the first (warm-up) round."""
    times: Dict[str, List[float]] = {name: [] for name in candidates}
    for index in range(rounds + 1):
        for name, call in candidates.items():
            spent = seconds(call)
            if index:
                times[name].append(spent)
    return {name: statistics.median(values) for name, values in times.items()}


def matmul_rate(device: str, dtype: torch.dtype, size: int = 0) -> float:
    """Return the FLOP/s of a square matrix product, the best of several."""
    size = size or (8192 if device == 'cuda' else 2048)
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    left @ right
    return 2 * size**3 / min(seconds(lambda: left @ right) for _ in range(7))


def in_fresh_process(target: Callable, *args: Any) -> Any:
    """Return ``target(*args)`` computed in a new process."""
    context = multiprocessing.get_context('spawn')
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_send_result, args=(send, target, args))
    process.start()
    send.close()
    try:
        return receive.recv()
    finally:
        process.join()


def _send_result(send: Connection, target: Callable, args: tuple) -> None:
    send.send(target(*args))


def peak_memory(target: Callable, *args) -> float:
    """Return the peak memory in bytes of ``target(*args)()`` in a new process; on a GPU, of its allocator."""
    return in_fresh_process(_peak, target, args)


def _peak(target: Callable, args: tuple) -> float:
    call = target(*args)
    before = _resident()
    call()
    synchronize()
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else _resident() - before


def peak_allocated(make: Callable) -> int:
    """Return the peak memory in bytes on the GPU of a call of ``make()``, what it was made with included."""
    gc.collect()
    before = torch.cuda.memory_allocated()
    call = make()
    call()  # allocates the optimizer's state
    torch.cuda.reset_peak_memory_stats()
    call()
    return torch.cuda.max_memory_allocated() - before


def _resident() -> int:
    """Return the peak resident memory of this process in bytes."""
    status = Path('/proc/self/status')
    if status.exists():  # ru_maxrss includes the peak of the parent process
        return 1024 * int(status.read_text().partition('VmHWM:')[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def prepare() -> None:
    """Set the default scope, and silence the log of every weight's initialization."""
    init_default_scope('mmaction')
    if not MMLogger.check_instance_created('benchmark'):
        MMLogger.get_instance('benchmark', log_level='WARNING')


def machine() -> dict:
    """Describe the machine."""
    return dict(
        torch=torch.__version__,
        threads=torch.get_num_threads(),
        processor=platform.processor() or platform.machine(),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    )


def table(rows: List[dict]) -> None:
    """Print rows as a table."""
    keys = list(rows[0])
    cells = [[f'{row[key]:.3g}' if isinstance(row[key], float) else str(row[key]) for key in keys] for row in rows]
    widths = [max(map(len, column)) for column in zip(keys, *cells)]
    for line in (keys, *cells):
        print('  '.join(cell.rjust(width) for cell, width in zip(line, widths)))
