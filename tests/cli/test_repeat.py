"""The repeat command, with real training and with substitutes that fail."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from mamp_plugin.cli import repeat

CONFIG = str(Path(__file__).parents[1] / 'data/tiny_recognizer.py')
FRACTION = 'train_dataloader.dataset.fraction'
#: Substitute for training: writes the log of a run, or fails.
SUBSTITUTE = """
import json, os, sys, time
from pathlib import Path
folder, seed, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
print('GPUs', os.environ.get('CUDA_VISIBLE_DEVICES'))
if kind == 'crash':
    sys.exit('out of memory')
if kind == 'endless':
    (folder / 'pid').write_text(str(os.getpid()))
    time.sleep(100)
log = folder / f'{len(list(folder.glob("*/vis_data")))}/vis_data/scalars.json'
log.parent.mkdir(parents=True)
with open(log, 'w') as file:
    for epoch in (1, 2) if kind != 'silent' else ():
        file.write(json.dumps({'acc/top1': seed / 10 + 1 / epoch, 'time': 0, 'data_time': 0, 'step': epoch}) + '\\n')
if kind == 'late':
    sys.exit('disk full')
"""


@pytest.fixture()
def run(monkeypatch, tmp_path):
    def call(*arguments):
        arguments = ['repeat.py', CONFIG, '--work-dir', tmp_path, *arguments]
        monkeypatch.setattr(sys, 'argv', [str(argument) for argument in arguments])
        repeat.main()

    return call


@pytest.fixture()
def kinds(monkeypatch):
    """Behavior of the substitute for training by seed, and the seeds started so far."""
    behavior, started = {}, []

    def command(config, run, processes):
        started.append(run.seed)
        return [sys.executable, '-S', '-c', SUBSTITUTE, str(run.folder), str(run.seed), behavior.get(run.seed, 'sound')]

    monkeypatch.setattr(repeat, 'command', command)
    behavior['started'] = started
    return behavior


def rows(tmp_path):
    return json.loads((tmp_path / 'repeat.json').read_text())['rows']


@pytest.mark.slow
def test_two_seeds_are_trained_once(run, tmp_path, capsys):
    arguments = ['--seeds', 0, 1, '--vary', FRACTION, 0.1, '--jobs', 2]
    run(*arguments)
    output = capsys.readouterr().out
    assert '2 runs, 0 of them finished before' in output
    assert {row['metric']: row['runs'] for row in rows(tmp_path)} == {'acc/top1': 2, 'acc/top5': 2, 'acc/mean1': 2}
    losses = set()
    for seed in (0, 1):
        folder = tmp_path / f'{FRACTION}_0.1' / f'seed_{seed}'
        (log,) = folder.glob('*/vis_data/scalars.json')
        losses.add(json.loads(log.read_text().splitlines()[0])['loss'])
        assert f'9 of 96 samples kept (fraction 0.1, seed {seed})' in (folder / 'output.log').read_text()
    assert len(losses) == 2

    run(*arguments)
    again = capsys.readouterr().out
    assert '2 runs, 2 of them finished before' in again and 'starts' not in again
    assert again.splitlines()[-3:] == output.splitlines()[-3:]


def test_last_and_best_validation(run, kinds, tmp_path, capsys):
    run('--seeds', 1, 3)
    assert rows(tmp_path)[0]['by_seed'] == {'1': 0.6, '3': 0.8}
    assert rows(tmp_path)[0]['mean'] == pytest.approx(0.7) and 'last validation' in capsys.readouterr().out
    run('--seeds', 1, 3, '--best')
    assert rows(tmp_path)[0]['by_seed'] == {'1': 1.1, '3': 1.3} and 'best validation' in capsys.readouterr().out
    assert kinds['started'] == [1, 3]


class TestFailures:
    def test_other_runs_continue_after_a_validation(self, run, kinds, tmp_path):
        kinds[0] = 'late'
        with pytest.raises(SystemExit) as error:
            run('--seeds', 0, 2, 4)
        assert f'1 of 3 runs failed:\n{tmp_path}/seed_0: exit status 1' in str(error.value)
        assert str(error.value).endswith(f'see {tmp_path}/seed_0/output.log')
        assert rows(tmp_path)[0]['by_seed'] == {'2': 0.7, '4': 0.9}
        assert 'disk full' in (tmp_path / 'seed_0/output.log').read_text()

    @pytest.mark.parametrize(
        'kind, reason, end',
        [
            ('crash', 'exit status 1 before the first validation', 'out of memory'),
            ('silent', 'no validation in vis_data', 'GPUs None'),
        ],
    )
    def test_no_run_starts_after_a_failure_before_the_first_validation(self, run, kinds, tmp_path, kind, reason, end):
        kinds[2] = kind
        with pytest.raises(SystemExit) as error:
            run('--seeds', 0, 2, 4, 6)
        assert f'1 of 4 runs failed, 2 were not started:\n{tmp_path}/seed_2: {reason}' in str(error.value)
        assert str(error.value).endswith(f'    {end}') and f'see {tmp_path}/seed_2/output.log' in str(error.value)
        assert kinds['started'] == [0, 2] and rows(tmp_path)[0]['by_seed'] == {'0': 0.5}

    def test_torchrun_hides_no_error(self, tmp_path):
        lines = [
            *map(str, range(20)),
            'error: no such file',
            'E1128 20:58 2 torch/distributed/elastic/api.py] x',
        ]
        (tmp_path / 'output.log').write_text('\n'.join([*lines, 'Traceback']))
        assert repeat.last_lines(tmp_path / 'output.log', 2) == '    19\n    error: no such file'

    def test_only_failed_runs_are_repeated(self, run, kinds, tmp_path):
        kinds[0] = 'late'
        with pytest.raises(SystemExit):
            run('--seeds', 0, 2)
        kinds[0] = 'sound'
        run('--seeds', 0, 2)
        assert kinds['started'] == [0, 2, 0] and rows(tmp_path)[0]['runs'] == 2

    def test_older_log_of_a_failed_run_is_ignored(self, run, kinds, tmp_path):
        run('--seeds', 2)
        kinds[2] = 'crash'
        for _ in range(2):
            with pytest.raises(SystemExit):
                run('--seeds', 2, '--cfg-options', 'optim_wrapper.optimizer.lr=0.2')
        assert rows(tmp_path) == []


@pytest.mark.parametrize('number, error', [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_interruption_ends_the_training(run, kinds, tmp_path, capsys, number, error):
    kinds.update({0: 'endless', 1: 'endless'})
    pids = [tmp_path / f'seed_{seed}/pid' for seed in (0, 1)]

    def interrupt():
        while not all(pid.exists() and pid.read_text() for pid in pids):
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    threading.Thread(target=interrupt).start()
    with pytest.raises(error):
        run('--seeds', 0, 1, 2, '--jobs', 2)
    assert not any(Path('/proc', pid.read_text()).exists() for pid in pids)
    assert sorted(kinds['started']) == [0, 1] and 'failed' not in capsys.readouterr().out


class TestProcesses:
    def test_command(self, tmp_path):
        (run,) = repeat.plan_runs(CONFIG, [4], str(tmp_path))
        train = ['-m', 'mamp_plugin.cli.train', CONFIG]
        tail = ['--work-dir', str(run.folder), '--cfg-options', *run.options]
        assert repeat.command([CONFIG], run, 1) == [sys.executable, *train, *tail]
        torchrun = ['-m', 'torch.distributed.run', '--standalone', '--nproc_per_node', '2']
        expected = [sys.executable, *torchrun, *train, '--launcher', 'pytorch', *tail]
        assert repeat.command([CONFIG], run, 2) == expected

    def test_concurrent_runs_have_their_own_gpus(self, run, kinds, tmp_path, monkeypatch):
        monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '3,4,5')
        slots = repeat.environments(2, 2)
        assert [slot['CUDA_VISIBLE_DEVICES'] for slot in slots] == ['3,4', '5,3']
        (alone,) = repeat.environments(1, 2)
        assert alone == dict(os.environ)
        run('--seeds', 0, 1, 2, 3, '--jobs', 3)
        outputs = {path.read_text().strip() for path in tmp_path.glob('seed_*/output.log')}
        assert outputs <= {'GPUs 3', 'GPUs 4', 'GPUs 5'}

    def test_environment_without_gpus(self, monkeypatch):
        monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
        monkeypatch.setattr(repeat.torch.cuda, 'device_count', lambda: 0)
        assert all('CUDA_VISIBLE_DEVICES' not in slot for slot in repeat.environments(3, 1))


@pytest.mark.parametrize('option', ['--jobs', '--gpus'])
def test_counts_are_positive(run, option, capsys):
    with pytest.raises(SystemExit):
        run(option, 0)
    assert f'argument {option}' in (error := capsys.readouterr().err) and 'at least 1, got 0' in error


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['--seeds', 1, 1], 'give every seed and every value once'),
        (['--vary', FRACTION], 'has no values'),
    ],
)
def test_invalid_arguments(run, arguments, message):
    with pytest.raises(SystemExit, match=message):
        run(*arguments)
