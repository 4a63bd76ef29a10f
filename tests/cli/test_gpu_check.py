"""Checks of a GPU: dry runs on the CPU, and checks that fail."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

TOOLS = Path(__file__).parents[2] / 'tools/analysis_tools'
CHECKS = [
    *('mamp-gradients', 'mamp-query-gradients', 'pcm3-gradients', 'gru', 'batch-norm', 'adamw'),
    *('mamp-training', 'mamp-training-bf16', 'pcm3-training'),
    *('mamp-speed', 'mamp-speed-bf16', 'pcm3-speed', 'pcm3-speed-bf16'),
]
#: Representatives of each kind of check.
QUICK = ['mamp-query-gradients', 'pcm3-gradients', 'batch-norm', 'adamw', 'mamp-training', 'mamp-speed']


@pytest.fixture()
def module(monkeypatch):
    """Return a module of the tool."""
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module


@pytest.fixture()
def run(module, monkeypatch, tmp_path):
    """Run the tool on the CPU; return its exit code and the written results."""

    def call(*arguments):
        out = tmp_path / 'new/out.json'
        monkeypatch.setattr(sys, 'argv', ['gpu_check.py', '--device', 'cpu', '--out', str(out), *arguments])
        code = 0
        try:
            module('gpu_check').main()
        except SystemExit as end:
            code = end.code
        return code, json.loads(out.read_text()) if out.exists() else None

    return call


@pytest.mark.parametrize('name', QUICK)
def test_dry_run(run, capsys, name):
    code, result = run('--only', name)
    (record,) = result['checks']
    assert code == 0 and result['passed'] and record['passed'], record
    assert record['limits'].keys() <= record['figures'].keys()
    assert result['machine']['torch'] == torch.__version__
    assert capsys.readouterr().out.splitlines()[-1].startswith(f'{name:<20} passed')
    if name == 'mamp-speed':
        first, second = record['rows'][:2]
        assert (first['candidate'], second['candidate']) == ('textbook', 'MotionDecoder, 1 blocks')
        assert first['speedup'] == 1 and first['matmul_share'] > 0 and first['peak_GiB'] is None


@pytest.mark.slow
def test_dry_run_of_everything(tmp_path):
    code, output = shell('--device', 'cpu', '--out', tmp_path / 'out.json')
    result = json.loads((tmp_path / 'out.json').read_text())
    assert code == 0 and result['passed'], output
    assert [record['name'] for record in result['checks']] == CHECKS


@pytest.fixture()
def replace(module, monkeypatch):
    """Let the check 'adamw' pass, and 'gru' raise an error."""

    def replace(error):
        def fail(setup):
            raise error

        tool = module('gpu_check')
        monkeypatch.setitem(tool.CHECKS, 'adamw', lambda setup: tool.Outcome(dict(update=0.0), dict(update=1.0)))
        monkeypatch.setitem(tool.CHECKS, 'gru', fail)

    return replace


def test_an_error_does_not_stop_the_others(run, replace, capsys):
    replace(RuntimeError('no kernel\nfor this device'))
    code, result = run('--only', 'gru', 'adamw')
    first, second = result['checks']
    assert code == 1 and not result['passed'] and not first['passed'] and second['passed']
    assert first['error'] == 'RuntimeError: no kernel\nfor this device' and 'in fail' in first['traceback']
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r'gru +FAILED +[\d.]+ s  RuntimeError: no kernel', lines[-2])
    assert re.fullmatch(r'adamw +passed +[\d.]+ s  update 0.0e\+00 \(at most 1\)', lines[-1])


def test_results_are_written_after_every_check(run, replace, tmp_path):
    replace(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run('--only', 'adamw', 'gru', 'batch-norm')
    result = json.loads((tmp_path / 'new/out.json').read_text())
    assert not result['passed'] and [record['passed'] for record in result['checks']] == [True, False, False]
    assert [record.get('error') for record in result['checks']] == [None, 'not run', 'not run']


@pytest.mark.parametrize(('value', 'passed'), [(1e-6, True), (1e-3, False), (float('nan'), False)])
def test_limits(module, value, passed):
    outcome = module('gpu_checks.setup').Outcome(dict(loss=value, other=9.0), dict(loss=1e-5))
    assert outcome.passed == passed


def test_relative_differences(module):
    expected = dict(loss=torch.tensor(2.0), large=torch.tensor([30.0, 40.0]), cancelled=torch.tensor([1e-9]))
    actual = dict(loss=torch.tensor(2.5), large=torch.tensor([30.0, 45.0]), cancelled=torch.tensor([-1e-9]))
    found = module('gpu_checks.gradients').differences(expected, actual)
    assert found['worst_name'] == 'large'
    assert [found[name] for name in ('loss', 'gradients', 'worst')] == pytest.approx([0.25, 0.1, 0.1])


@pytest.mark.parametrize('name', ['mamp_query', 'pcm3'])
def test_a_wrong_gradient_is_found(module, monkeypatch, name):
    """The device trains with slightly other weights than the CPU."""
    gradients, setup = module('gpu_checks.gradients'), module('gpu_checks.setup')
    compute = gradients.loss_and_gradients

    def wrong(model, inputs, samples=None, bf16=False):
        if inputs.dtype == torch.float32:
            next(model.backbone.layers.parameters() if name == 'pcm3' else model.neck.embed.parameters()).data.mul_(
                1.01
            )
        return compute(model, inputs, samples, bf16)

    monkeypatch.setattr(gradients, 'loss_and_gradients', wrong)
    outcome = getattr(gradients, name)(setup.DRY_RUN)
    assert not outcome.passed and outcome.figures['gradients'] > 1e-4


# ---- arguments and the shell script --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--device', 'tpu'], "argument --device: invalid choice: 'tpu'"),
        (['--only', 'speed'], "argument --only: invalid choice: 'speed'"),
        pytest.param(
            ['--device', 'cuda'],
            'no CUDA device found; run it on a machine with a GPU, or with --device cpu for a dry run',
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason='there is one'),
        ),
    ],
)
def test_wrong_arguments(run, capsys, arguments, message):
    assert run(*arguments) == (2, None)
    assert message in capsys.readouterr().err.splitlines()[-1]


def shell(*arguments, **environment):
    process = subprocess.run(
        ['bash', TOOLS / 'gpu_check.sh', *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, 'PYTHON': sys.executable, **environment},
    )
    return process.returncode, process.stdout


def test_time_limit():
    assert shell('--device', 'cpu', TIME_LIMIT='0.01') == (
        1,
        'error: stopped after TIME_LIMIT=0.01; the JSON file has the results so far, --only runs the other checks\n',
    )


def test_no_suitable_python():
    assert shell(PYTHON='/nowhere/python') == (
        1,
        "error: no torch and mmaction2 found with /nowhere/python; run 'bash tools/setup_env.sh', or set PYTHON\n",
    )
