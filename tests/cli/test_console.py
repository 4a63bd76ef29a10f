"""Console output: a summary instead of dumps, which are in the log file."""

import logging

from mamp_plugin.cli import train
from mamp_plugin.cli.console import is_no_dump


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
