"""Console output of a run: a summary and the throughput on the screen, environment and config in the log file only."""

import logging
import re
import sys
from typing import Any, Iterator, Tuple, Union

from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.model import is_model_wrapper
from mmengine.runner import EpochBasedTrainLoop, LogProcessor, Runner

from mamp_plugin.engine.hooks.batch_size_hook import samples_per_batch


class ThroughputLogProcessor(LogProcessor):
    """LogProcessor whose training lines also have samples per second, share of time for data, and memory on the CPU."""

    def get_log_after_iter(self, runner: Runner, batch_idx: int, mode: str) -> Tuple[dict, str]:
        """Return the scalars and the line of an iteration."""
        scalars, line = super().get_log_after_iter(runner, batch_idx, mode)
        seconds, waiting = (scalars.get(name) for name in ('time', 'data_time'))
        if mode != 'train' or not seconds or waiting is None:
            return scalars, line
        rate = samples_per_batch(runner.train_dataloader) * get_world_size() / seconds
        parts = f'({waiting / seconds:.0%})  samples/s: {rate:.4g}  '
        if 'memory' not in scalars and sys.platform != 'win32':
            scalars['memory'] = peak_memory()
            parts += f'memory: {scalars["memory"]}  '
        scalars['samples_per_second'] = rate
        return scalars, re.sub(r'(data_time: \S+ ) ', lambda found: found[1] + parts, line, count=1)


class ConsoleRunner(Runner):
    """Runner that writes dumps of several lines (environment, config, hooks) to the log file only."""

    def build_log_processor(self, log_processor: Union[LogProcessor, dict]) -> LogProcessor:
        """Build the log processor, with the throughput in its lines unless the config names another kind."""
        if isinstance(log_processor, dict) and log_processor.get('type') in (None, 'LogProcessor'):
            log_processor = dict(log_processor, type=ThroughputLogProcessor)
        return super().build_log_processor(log_processor)

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger and filter its console output."""
        logger = super().build_logger(*args, **kwargs)
        for handler in logger.handlers:
            if not isinstance(handler, logging.FileHandler):
                handler.addFilter(is_no_dump)
        return logger


def peak_memory() -> int:
    """Return the largest memory of this process so far, in MiB."""
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (2**20 if sys.platform == 'darwin' else 2**10)


def is_no_dump(record: logging.LogRecord) -> bool:
    """Tell if a log record is short, or worth the screen because something is wrong."""
    return record.levelno > logging.INFO or record.getMessage().count('\n') < 2


class RunSummaryHook(Hook):
    """Log of a training run in a few lines, before its first epoch."""

    priority = 'VERY_LOW'

    def before_train(self, runner: Runner) -> None:
        """Log the summary."""
        for line in summarize_run(runner):
            runner.logger.info(line)


def summarize_run(runner: Runner) -> Iterator[str]:
    """Yield the lines that describe a training run."""
    cfg, loader = runner.cfg, runner.train_dataloader
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    backbone = getattr(model, 'backbone', None)
    inside = f' with {type(backbone).__name__}' if backbone is not None else ''
    trained = sum(size for size, learns in sizes if learns)
    yield f'config: {cfg.filename}'
    yield f'model: {type(model).__name__}{inside}, {sum(size for size, _ in sizes):,} parameters, {trained:,} trained'
    yield f'training data: {len(loader.dataset):,} samples, {len(loader):,} iterations an epoch'
    if runner.val_loop is not None:
        yield f'evaluation data: {len(runner.val_dataloader.dataset):,} samples'
    batch, world_size = samples_per_batch(loader), get_world_size()
    optimizer = runner.optim_wrapper.optimizer
    rate = max(group.get('initial_lr', group['lr']) for group in optimizer.param_groups)
    yield f'batch size: {batch} x {world_size} = {batch * world_size} samples on {next(model.parameters()).device.type}'
    by_epoch = isinstance(runner.train_loop, EpochBasedTrainLoop)
    length = f'{runner.max_epochs} epochs' if by_epoch else f'{runner.max_iters} iterations'
    yield f'optimizer: {type(optimizer).__name__}, learning rate {rate:g}, {length}'
    yield f'logs and checkpoints: {runner.work_dir}; environment and config: {runner.log_dir}'
