"""Repeated runs: two that are really trained, and stand-ins for what can go wrong."""

import importlib.util
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'tests/data/tiny_recognizer.py')
FRACTION = 'train_dataloader.dataset.fraction'
#: Stands in for train.py: writes what a run writes, or fails as one does.
STAND_IN = """
import json, os, sys
from pathlib import Path
folder, seed, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
print('GPUs', os.environ.get('CUDA_VISIBLE_DEVICES'))
if kind == 'crash':
    sys.exit('out of memory')
log = folder / f'{len(list(folder.glob("*/vis_data")))}/vis_data/scalars.json'
log.parent.mkdir(parents=True)
with open(log, 'w') as file:
    for epoch in (1, 2) if kind != 'silent' else ():
        file.write(json.dumps({'acc/top1': seed / 10 + 1 / epoch, 'time': 0, 'data_time': 0, 'step': epoch}) + '\\n')
"""


@pytest.fixture()
def repeat(monkeypatch, tmp_path):
    """The tool, as a module, and a call of its main function."""
    spec = importlib.util.spec_from_file_location('repeat', ROOT / 'tools/analysis_tools/repeat.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def call(*arguments):
        arguments = ['repeat.py', CONFIG, '--work-dir', tmp_path, *arguments]
        monkeypatch.setattr(sys, 'argv', [str(argument) for argument in arguments])
        module.main()

    module.call = call
    return module


@pytest.fixture()
def kinds(repeat, monkeypatch):
    """How the stand-in of each seed behaves, by seed; notes which seeds were started."""
    behaviour, started = {}, []

    def command(config, run, processes):
        started.append(run.seed)
        return [sys.executable, '-S', '-c', STAND_IN, str(run.folder), str(run.seed), behaviour.get(run.seed, 'sound')]

    monkeypatch.setattr(repeat, 'command', command)
    behaviour['started'] = started
    return behaviour


def rows(tmp_path):
    return json.loads((tmp_path / 'repeat.json').read_text())['rows']


def test_two_seeds_are_trained_and_not_trained_again(repeat, tmp_path, capsys):
    arguments = ['--seeds', 0, 1, '--vary', FRACTION, 0.1, '--jobs', 2]
    repeat.call(*arguments)
    output = capsys.readouterr().out
    assert '2 runs, of which 0 are finished already' in output
    assert {row['metric']: row['runs'] for row in rows(tmp_path)} == {'acc/top1': 2, 'acc/top5': 2, 'acc/mean1': 2}
    losses = set()
    for seed in (0, 1):
        folder = tmp_path / f'{FRACTION}_0.1' / f'seed_{seed}'
        (log,) = folder.glob('*/vis_data/scalars.json')
        losses.add(json.loads(log.read_text().splitlines()[0])['loss'])
        assert f'9 of 96 samples kept (fraction 0.1, seed {seed})' in (folder / 'output.log').read_text()
    assert len(losses) == 2

    repeat.call(*arguments)
    again = capsys.readouterr().out
    assert '2 runs, of which 2 are finished already' in again and 'starts' not in again
    assert again.splitlines()[-3:] == output.splitlines()[-3:]


def test_the_last_validation_counts_and_the_best_on_request(repeat, kinds, tmp_path, capsys):
    repeat.call('--seeds', 1, 3)
    assert rows(tmp_path)[0]['by_seed'] == {'1': 0.6, '3': 0.8}
    assert rows(tmp_path)[0]['mean'] == pytest.approx(0.7) and 'last validation' in capsys.readouterr().out
    repeat.call('--seeds', 1, 3, '--best')
    assert rows(tmp_path)[0]['by_seed'] == {'1': 1.1, '3': 1.3} and 'best validation' in capsys.readouterr().out
    assert kinds['started'] == [1, 3]


class TestFailures:
    @pytest.mark.parametrize('kind, reason', [('crash', 'exit status 1'), ('silent', 'no validation in vis_data')])
    def test_are_reported_and_the_rest_goes_on(self, repeat, kinds, tmp_path, capsys, kind, reason):
        kinds[0] = kind
        with pytest.raises(SystemExit) as error:
            repeat.call('--seeds', 0, 2, 4)
        assert f'1 of 3 runs failed:\n{tmp_path}/seed_0: {reason}' in str(error.value)
        assert str(error.value).endswith(f'see {tmp_path}/seed_0/output.log')
        assert rows(tmp_path)[0]['by_seed'] == {'2': 0.7, '4': 0.9}
        if kind == 'crash':
            assert 'out of memory' in (tmp_path / 'seed_0/output.log').read_text()

    def test_are_repeated_and_nothing_else(self, repeat, kinds, tmp_path):
        kinds[0] = 'crash'
        with pytest.raises(SystemExit):
            repeat.call('--seeds', 0, 2)
        kinds[0] = 'sound'
        repeat.call('--seeds', 0, 2)
        assert kinds['started'] == [0, 2, 0] and rows(tmp_path)[0]['runs'] == 2

    def test_an_older_log_is_not_taken_for_that_of_a_failed_run(self, repeat, kinds, tmp_path):
        repeat.call('--seeds', 2)
        kinds[2] = 'crash'
        for _ in range(2):
            with pytest.raises(SystemExit):
                repeat.call('--seeds', 2, '--cfg-options', 'optim_wrapper.optimizer.lr=0.2')
        assert rows(tmp_path) == []


class TestProcesses:
    def test_several_start_the_launcher(self, repeat, tmp_path):
        (run,) = repeat.plan_runs(CONFIG, [4], str(tmp_path))
        single, several = repeat.command(CONFIG, run, 1), repeat.command(CONFIG, run, 2)
        tail = ['--work-dir', str(run.folder), '--cfg-options', *run.options]
        assert single == [sys.executable, str(ROOT / 'tools/train.py'), CONFIG, *tail]
        assert several == ['bash', str(ROOT / 'tools/dist_train.sh'), CONFIG, '2', *tail]

    def test_runs_at_a_time_have_gpus_of_their_own(self, repeat, kinds, tmp_path, monkeypatch):
        monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '3,4,5')
        monkeypatch.setenv('PORT', '1234')
        slots = repeat.environments(2, 2)
        assert [slot['CUDA_VISIBLE_DEVICES'] for slot in slots] == ['3,4', '5,3'] and 'PORT' not in slots[0]
        (alone,) = repeat.environments(1, 2)
        assert alone == dict(os.environ, PYTHON=sys.executable)
        repeat.call('--seeds', 0, 1, 2, 3, '--jobs', 3)
        outputs = {path.read_text().strip() for path in tmp_path.glob('seed_*/output.log')}
        assert outputs <= {'GPUs 3', 'GPUs 4', 'GPUs 5'}

    def test_without_gpus_the_environment_is_shared(self, repeat, monkeypatch):
        monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
        monkeypatch.setattr(repeat.torch.cuda, 'device_count', lambda: 0)
        assert all('CUDA_VISIBLE_DEVICES' not in slot for slot in repeat.environments(3, 1))


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['--jobs', 0], '--jobs must be at least 1, got 0'),
        (['--gpus', 0], '--processes must be at least 1'),
        (['--seeds', 1, 1], 'give every seed and every value once'),
        (['--vary', FRACTION], 'has no values'),
    ],
)
def test_bad_arguments_are_explained(repeat, arguments, message):
    with pytest.raises(SystemExit, match=message):
        repeat.call(*arguments)
