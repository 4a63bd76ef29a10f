"""Console output: a summary instead of dumps, which are in the log file."""

import json
import logging
import re

import pytest
from mmengine.runner import LogProcessor

from mamp_plugin.cli import train
from mamp_plugin.cli.console import ConsoleRunner, is_no_dump


def record(level, message):
    return logging.LogRecord('x', level, 'x', 1, message, (), None)


def test_only_informative_dumps_are_dropped():
    assert is_no_dump(record(logging.INFO, 'a\nb'))
    assert not is_no_dump(record(logging.INFO, 'a\nb\nc'))
    assert is_no_dump(record(logging.WARNING, 'a\nb\nc'))


def test_a_training_prints_its_summary_and_logs_the_rest(load, shrink, tmp_path, monkeypatch, capfd):
    cfg = shrink(load('mamp_synthetic'))
    cfg.train_dataloader.persistent_workers = True  # without workers torch refuses it
    del cfg.randomness['seed']
    text = '\n'.join(f'{key} = {value!r}' for key, value in cfg.to_dict().items())
    (tmp_path / 'tiny.py').write_text(text)
    monkeypatch.undo()  # let the runner log everything
    monkeypatch.setattr('sys.argv', ['train.py', str(tmp_path / 'tiny.py'), '--work-dir', str(tmp_path / 'run')])
    train.main()
    printed = capfd.readouterr().out
    for line in (
        'model: MAMP with SkeletonTransformer',
        'training data: 8 samples, 2 iterations an epoch',
        'batch size: 4 x 1 = 4 samples on cpu',
        'optimizer: AdamW, learning rate 0.002, 1 epochs',
    ):
        assert line in printed
    assert 'Hooks will be executed' not in printed
    (log,) = (tmp_path / 'run').glob('*/*.log')
    assert 'Hooks will be executed' in log.read_text() and 'Config:' in log.read_text()
    assert not (tmp_path / 'run/.lock.json').exists()


def test_training_lines_tell_throughput_share_of_data_and_memory(load, shrink, tmp_path):
    cfg = shrink(load('mamp_synthetic'))
    cfg.default_hooks.logger.interval = 1
    cfg.default_hooks.checkpoint = None
    runner = ConsoleRunner.from_cfg(cfg)
    runner.train()
    (log,) = tmp_path.glob('*/*.log')
    line = re.search(r'data_time: (\S+) \((\d+)%\)  samples/s: (\S+)  memory: (\d+)  loss: ', log.read_text())
    scalars = json.loads(next(tmp_path.glob('*/vis_data/scalars.json')).read_text().splitlines()[0])
    assert float(line[3]) == pytest.approx(4 / scalars['time'], rel=1e-3)
    assert int(line[2]) == pytest.approx(100 * scalars['data_time'] / scalars['time'], abs=1)
    assert int(line[4]) > 100 and scalars['samples_per_second'] == pytest.approx(4 / scalars['time'])


def test_another_log_processor_stays(load, shrink):
    cfg = shrink(load('mamp_synthetic'))
    cfg.log_processor = dict(type=OtherProcessor)
    assert type(ConsoleRunner.from_cfg(cfg).log_processor) is OtherProcessor


class OtherProcessor(LogProcessor):
    """Log processor of a user."""
