"""Launchers: arguments, errors, processes, kill and resume."""

import ast
import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import mmaction
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mamp_plugin.cli import test as test_command
from mamp_plugin.cli import train
from mamp_plugin.cli.launch import load_config

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/downstream/supervised/stgcn_synthetic.py')
PRETRAINING = str(ROOT / 'configs/mamp_ntu60.py')
#: Settings that make the config small enough for a test.
SMALL = [
    'model.backbone.base_channels=8',
    'model.backbone.num_stages=2',
    'model.backbone.inflate_stages=[]',
    'model.backbone.down_stages=[]',
    'model.cls_head.in_channels=8',
    '+train_dataloader.dataset.indices=32',
    '+val_dataloader.dataset.indices=24',
    '+test_dataloader.dataset.indices=24',
    'train_dataloader.batch_size=4',
    'train_dataloader.num_workers=0',
    'val_dataloader.num_workers=0',
    'test_dataloader.num_workers=0',
]
ENV = {**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHON': sys.executable, 'PYTHONWARNINGS': 'ignore'}


def start(*command, **kwargs):
    return subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENV,
        start_new_session=True,
        **kwargs,
    )


def run(*command):
    process = start(*command)
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


def tool(name):
    return ROOT / 'tools' / name


class TestTwoProcesses:
    def test_train_end_kill_resume_and_test(self, tmp_path):
        work_dir = tmp_path / 'work dir'
        train = [tool('dist_train.sh'), CONFIG, 2, '--work-dir', work_dir]
        # epochs long enough to be ended in the middle of one
        options = ['--cfg-options', *SMALL, '+train_dataloader.dataset.indices=320', 'train_cfg.max_epochs=3']
        process = start(*train, *options)
        wait_for(work_dir / 'epoch_1.pth', process)
        process.terminate()
        output, _ = process.communicate(timeout=60)
        (saved,) = work_dir.glob('iter_*.pth')
        assert f'SIGTERM: ended after iteration {saved.stem[5:]}, saved in {saved}; continue with --resume' in output
        assert process.returncode != 0 and not processes_of(tmp_path)

        process = start(*train, '--resume', *options)
        wait_for(work_dir / 'epoch_2.pth', process)
        process.kill()  # torchrun alone
        process.communicate(timeout=60)  # until its ranks have closed the pipe
        assert not (work_dir / 'epoch_3.pth').exists()

        code, output = run(*train, '--resume', *options)
        assert code == 0, output
        assert 'resumed epoch: ' in output
        checkpoint = work_dir / 'epoch_3.pth'
        assert checkpoint.exists()

        accuracies = set()
        for processes in (1, 2):
            code, output = run(
                tool('dist_test.sh'), CONFIG, checkpoint, processes, '--work-dir', tmp_path, '--cfg-options', *SMALL
            )
            assert code == 0, output
            accuracies.add(re.search(r'acc/top1: ([\d.]+)', output)[1])
        assert len(accuracies) == 1


def processes_of(work_dir):
    """Return the processes that have the folder on their command line."""
    found = []
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if str(work_dir).encode() in path.read_bytes():
                found.append(path.parent.name)
    return found


def wait_for(path, process):
    for _ in range(600):
        if path.exists():
            return
        if process.poll() is not None:
            raise AssertionError(process.stdout.read())
        time.sleep(0.2)
    raise AssertionError(f'{path} did not appear')


def small_config(work_dir, **overrides):
    cfg = Config.fromfile(CONFIG)
    options = {key: ast.literal_eval(value) for key, value in (part.lstrip('+').split('=') for part in SMALL)}
    options.update({'train_dataloader.num_workers': 1, 'train_cfg.max_epochs': 4, 'work_dir': str(work_dir)})
    cfg.merge_from_dict({**options, **overrides})
    cfg.test_cfg = cfg.test_dataloader = cfg.test_evaluator = None
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1)
    return cfg


class PullThePlug(Hook):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.epoch == 2 and batch_idx == 3:
            raise KeyboardInterrupt


def test_killed_and_resumed_run_ends_in_the_same_weights(tmp_path):
    whole = Runner.from_cfg(small_config(tmp_path / 'whole'))
    whole.train()
    cut = Runner.from_cfg(small_config(tmp_path / 'cut'))
    cut.register_hook(PullThePlug())
    with pytest.raises(KeyboardInterrupt):
        cut.train()
    assert not (tmp_path / 'cut/epoch_3.pth').exists()
    resumed = Runner.from_cfg(small_config(tmp_path / 'cut', resume=True))
    resumed.train()
    expected = whole.model.state_dict()
    for name, value in resumed.model.state_dict().items():
        assert torch.equal(value, expected[name]), name


def test_epochs_draw_differently(tmp_path):
    """Seeding every epoch alike would pass the resume test too."""
    cfg = small_config(tmp_path)
    runner = Runner.from_cfg(cfg)
    draws = []

    class Record(Hook):
        def before_train_iter(self, runner, batch_idx, data_batch=None):
            if batch_idx == 0:
                draws.append((torch.rand(1).item(), data_batch['inputs'][0].sum().item()))

    runner.register_hook(Record())
    runner.train()
    assert len(set(draws)) == 4 and len({draw for draw, _ in draws}) == 4


class TestArguments:
    @pytest.fixture(autouse=True)
    def folder(self, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)

    @pytest.fixture()
    def parse(self, monkeypatch):
        """Return config and arguments of a command line of train.py, applied."""

        def parse(*arguments):
            monkeypatch.setattr(sys, 'argv', ['train.py', *arguments])
            args = train.parse_args()
            cfg = load_config(args)
            train.apply_args(cfg, args)
            return cfg

        return parse

    @pytest.fixture()
    def fail(self, monkeypatch):
        """Return the message with which a command ends."""

        def fail(command, *arguments):
            monkeypatch.setattr(sys, 'argv', ['command', *arguments])
            with pytest.raises(SystemExit) as ended:
                command.main()
            return str(ended.value)

        return fail

    def test_unknown_types_are_located_and_corrected(self, fail):
        message = fail(train, CONFIG, '--cfg-options', *SMALL, 'model.backbone.type=STGCM')
        assert re.search("'STGCM' at model.backbone.type in .*stgcn_synthetic.py: .*STGCN", message)
        option = 'train_dataloader.dataset.pipeline.1.type=PoseDecod'
        message = fail(train, CONFIG, '--cfg-options', *SMALL, option)
        assert re.search(r'train_dataloader.dataset.pipeline\[1\].type.*did you mean PoseDecode', message)

    @pytest.mark.parametrize(
        ('command', 'arguments', 'message'),
        [
            (train, [CONFIG, '--amp'], 'mixed precision needs an accelerator'),
            (train, ['configs/nothing.py'], 'config file configs/nothing.py does not exist'),
            (test_command, [CONFIG, 'nothing.pth'], 'checkpoint nothing.pth does not exist'),
            (test_command, [CONFIG, 'some.pth', '--dump', 'x.json'], '--dump writes scores .* got x.json'),
            (test_command, [PRETRAINING, 'some.pth'], 'tests nothing: .* --recipe retrieval'),
        ],
    )
    def test_wrong_arguments(self, fail, command, arguments, message):
        Path('some.pth').touch()
        assert re.search(message, fail(command, *arguments))

    def test_the_command_line_overrides_the_file(self, parse):
        flags = ['--seed', '7', '--auto-scale-lr', '--no-validate', '--resume', 'some.pth', '--diff-rank-seed']
        cfg = parse(CONFIG, *flags, '--cfg-options', 'train_cfg.max_epochs=9')
        assert cfg.randomness == dict(seed=7, diff_rank_seed=True)
        assert cfg.auto_scale_lr.enable and cfg.val_cfg is None and cfg.train_cfg.max_epochs == 9
        assert cfg.resume and cfg.load_from == 'some.pth'
        assert cfg.work_dir == 'work_dirs/downstream/supervised/stgcn_synthetic'

    def test_a_config_without_seed_gets_one(self, parse):
        Path('mine.py').write_text("optim_wrapper = dict(type='OptimWrapper')\n")
        cfg = parse('mine.py')
        assert cfg.randomness == dict(seed=None) and cfg.work_dir == 'work_dirs/mine'

    @pytest.mark.parametrize('interrupted', [False, True])
    def test_resume_with_and_without_a_checkpoint(self, parse, tmp_path, interrupted):
        path = str(tmp_path / 'epoch_1.pth')
        if interrupted:
            torch.save(dict(meta=dict(epoch=1, iter=3), message_hub={}, state_dict={}), path)
        cfg = parse(CONFIG, '--work-dir', str(tmp_path), '--resume', '--cfg-options', 'load_from=encoder.pth')
        assert (cfg.resume, cfg.load_from) == ((True, path) if interrupted else (False, 'encoder.pth'))

    def test_resume_where_no_checkpoint_is_whole(self, parse, tmp_path):
        (tmp_path / 'epoch_2.pth').write_bytes(b'')
        with pytest.raises(SystemExit, match='no checkpoint of .* can be resumed: .*epoch_2.pth .* start anew'):
            parse(CONFIG, '--work-dir', str(tmp_path), '--resume')

    def test_a_test_keeps_the_config_of_the_training(self):
        cfg = Config.fromfile(CONFIG)
        test_command.keep_config_of_training(cfg)
        assert Path(cfg.filename).name == 'test_stgcn_synthetic.py'


def test_mmactions_own_script_runs_our_config(tmp_path):
    script = Path(mmaction.__file__).parent / '.mim/tools/train.py'
    persistent = [f'{part}_dataloader.persistent_workers=False' for part in ('val', 'test')]
    plain = [*(option.lstrip('+') for option in SMALL), *persistent]
    code, output = run(
        sys.executable, script, CONFIG, '--work-dir', tmp_path, '--cfg-options', *plain, 'train_cfg.max_epochs=1'
    )
    assert code == 0, output
    assert (tmp_path / 'epoch_1.pth').exists()


class TestScripts:
    @pytest.fixture()
    def echo(self, tmp_path, monkeypatch):
        """Programs that print their arguments in place of python and srun."""
        for name in ('python', 'srun'):
            path = tmp_path / 'bin dir' / name
            path.parent.mkdir(exist_ok=True)
            path.write_text('#!/bin/sh\nprintf "[%s] " "$@"\n')
            path.chmod(0o755)
        monkeypatch.setitem(ENV, 'PATH', f'{tmp_path / "bin dir"}:{os.environ["PATH"]}')
        monkeypatch.setitem(ENV, 'PYTHON', 'python')
        return ENV

    def test_several_nodes(self, echo, monkeypatch):
        for name, value in dict(NNODES='2', NODE_RANK='1', MASTER_ADDR='10.0.0.1', PORT='1234').items():
            monkeypatch.setitem(echo, name, value)
        _, output = run(tool('dist_train.sh'), 'a config.py', 8, '--resume')
        assert '[--nnodes] [2] [--node_rank] [1] [--master_addr] [10.0.0.1] [--master_port] [1234]' in output
        assert '[--nproc_per_node] [8]' in output
        assert output.strip().endswith('[--launcher] [pytorch] [a config.py] [--resume]')

    def test_a_free_port_is_found_when_none_is_given(self, echo):
        _, output = run(tool('dist_test.sh'), 'a config.py', 'model.pth', 2)
        assert '[--standalone]' in output and 'port' not in output

    def test_slurm(self, echo, monkeypatch):
        for name, value in dict(GPUS='4', GPUS_PER_NODE='2', CPUS_PER_TASK='3', SRUN_ARGS='--mem 4G').items():
            monkeypatch.setitem(echo, name, value)
        _, output = run(tool('slurm_train.sh'), 'gpu', 'job', 'a config.py', '--seed', '1')
        assert '[-p] [gpu] [--job-name=job] [--gres=gpu:2] [--ntasks=4] [--ntasks-per-node=2]' in output
        assert '[--mem] [4G]' in output and '[a config.py] [--seed] [1] [--launcher] [slurm]' in output
        _, output = run(tool('slurm_test.sh'), 'gpu', 'job', 'a config.py', 'model.pth')
        assert 'test.py] [a config.py] [model.pth] [--launcher] [slurm]' in output

    @pytest.mark.parametrize('script', ['dist_train.sh', 'dist_test.sh', 'slurm_train.sh', 'slurm_test.sh'])
    def test_too_few_arguments_show_the_usage(self, script):
        code, output = run(tool(script), 'config.py')
        assert code == 2 and output.startswith('usage: ')

    @pytest.mark.parametrize('number', ['two', '0'])
    def test_bad_number_of_processes(self, number):
        code, output = run(tool('dist_train.sh'), 'config.py', number)
        assert code == 2 and f"whole number of at least 1, got '{number}'" in output
