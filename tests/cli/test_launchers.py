"""The commands of ``tools/``: arguments, errors, processes, killing and resuming."""

import ast
import contextlib
import os
import re
import runpy
import signal
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

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/downstream/supervised/stgcn_synthetic.py')
#: A model and data small enough for a test, everything else as the config has it.
SMALL = [
    'model.backbone.base_channels=8',
    'model.backbone.num_stages=2',
    'model.backbone.inflate_stages=[]',
    'model.backbone.down_stages=[]',
    'model.cls_head.in_channels=8',
    'train_dataloader.dataset.indices=32',
    'val_dataloader.dataset.indices=24',
    'test_dataloader.dataset.indices=24',
    'train_dataloader.batch_size=4',
    'train_dataloader.num_workers=0',
    'val_dataloader.num_workers=0',
    'test_dataloader.num_workers=0',
    'val_dataloader.persistent_workers=False',
    'test_dataloader.persistent_workers=False',
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
    def test_train_kill_resume_and_test(self, tmp_path):
        train = [tool('dist_train.sh'), CONFIG, 2, '--work-dir', tmp_path / 'work dir']
        # epochs long enough to be killed in the middle of one
        options = ['--cfg-options', *SMALL, 'train_dataloader.dataset.indices=320', 'train_cfg.max_epochs=3']
        process = start(*train, *options)
        wait_for(tmp_path / 'work dir' / 'epoch_1.pth', process)
        kill(tmp_path)
        process.communicate()
        assert not (tmp_path / 'work dir' / 'epoch_3.pth').exists()

        code, output = run(*train, '--resume', *options)
        assert code == 0, output
        assert 'resumed epoch: ' in output
        checkpoint = tmp_path / 'work dir' / 'epoch_3.pth'
        assert checkpoint.exists()

        accuracies = set()
        for processes in (1, 2):
            code, output = run(
                tool('dist_test.sh'), CONFIG, checkpoint, processes, '--work-dir', tmp_path, '--cfg-options', *SMALL
            )
            assert code == 0, output
            accuracies.add(re.search(r'acc/top1: ([\d.]+)', output)[1])
        assert len(accuracies) == 1


def kill(work_dir):
    """Kills, without warning, every process that has the folder on its command line."""
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if str(work_dir).encode() in path.read_bytes():
                os.kill(int(path.parent.name), signal.SIGKILL)


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
    options = {key: ast.literal_eval(value) for key, value in (part.split('=') for part in SMALL)}
    options.update({'train_dataloader.num_workers': 1, 'train_cfg.max_epochs': 4, 'work_dir': str(work_dir)})
    cfg.merge_from_dict({**options, **overrides})
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1)
    return cfg


class PullThePlug(Hook):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.epoch == 2 and batch_idx == 3:
            raise KeyboardInterrupt


def test_a_killed_and_resumed_run_ends_in_the_same_weights(tmp_path):
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
    """A hook that seeded every epoch alike would pass the resume test too."""
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
    @pytest.fixture()
    def script(self, monkeypatch, tmp_path):
        """Runs a script of ``tools/`` in this process, up to where it fails."""
        monkeypatch.chdir(tmp_path)

        def call(name, *arguments):
            monkeypatch.setattr(sys, 'argv', [name, *arguments])
            return runpy.run_path(str(tool(name)))

        return call

    def test_unknown_type_is_located_and_corrected(self, script):
        main = script('train.py', CONFIG, '--cfg-options', *SMALL, 'model.backbone.type=STGCM')['main']
        with pytest.raises(SystemExit, match="'STGCM' at model.backbone.type in .*stgcn_synthetic.py: .*STGCN"):
            main()

    def test_unknown_transform_is_located(self, script):
        option = 'train_dataloader.dataset.pipeline.1.type=PoseDecod'
        main = script('train.py', CONFIG, '--cfg-options', *SMALL, option)['main']
        with pytest.raises(SystemExit, match=r'train_dataloader.dataset.pipeline\[1\].type.*did you mean PoseDecode'):
            main()

    def test_amp_without_a_gpu_is_refused_at_once(self, script):
        with pytest.raises(SystemExit, match='mixed precision needs an accelerator'):
            script('train.py', CONFIG, '--amp')['main']()

    def test_a_missing_config_is_named(self, script):
        with pytest.raises(SystemExit, match='config file configs/nothing.py does not exist'):
            script('train.py', 'configs/nothing.py')['main']()

    def test_a_missing_checkpoint_is_named(self, script):
        with pytest.raises(SystemExit, match='checkpoint nothing.pth does not exist'):
            script('test.py', CONFIG, 'nothing.pth')['main']()

    def test_predictions_are_dumped_to_scores_or_a_pickle_only(self, script, tmp_path):
        (tmp_path / 'some.pth').touch()
        with pytest.raises(SystemExit, match='--dump writes scores .* not scores.json'):
            script('test.py', CONFIG, 'some.pth', '--dump', 'scores.json')['main']()

    def test_the_command_line_goes_before_the_file(self, script):
        flags = ['--seed', '7', '--auto-scale-lr', '--no-validate', '--resume', 'some.pth', '--diff-rank-seed']
        names = script('train.py', CONFIG, *flags, '--cfg-options', 'train_cfg.max_epochs=9')
        args = names['parse_args']()
        cfg = names['load_config'](args)
        names['apply_args'](cfg, args)
        assert cfg.randomness == dict(seed=7, diff_rank_seed=True)
        assert cfg.auto_scale_lr.enable and cfg.val_cfg is None and cfg.train_cfg.max_epochs == 9
        assert cfg.resume and cfg.load_from == 'some.pth'
        assert cfg.work_dir == 'work_dirs/downstream/supervised/stgcn_synthetic'

    @pytest.mark.parametrize('interrupted', [False, True])
    def test_resuming_forgets_the_first_weights_only_if_there_are_later_ones(self, script, tmp_path, interrupted):
        if interrupted:
            (tmp_path / 'last_checkpoint').write_text('epoch_1.pth')
        flags = ['--work-dir', str(tmp_path), '--resume', '--cfg-options', 'load_from=encoder.pth']
        names = script('train.py', CONFIG, *flags)
        args = names['parse_args']()
        cfg = names['load_config'](args)
        names['apply_args'](cfg, args)
        assert (cfg.resume, cfg.load_from) == ((True, None) if interrupted else (False, 'encoder.pth'))

    @pytest.mark.parametrize('name', ['mamp_ntu60', 'downstream/linear/mamp_ntu60'])
    def test_tasks_do_not_write_into_the_folder_of_the_pretraining(self, script, name):
        names = script('train.py', f'{ROOT}/configs/{name}.py')
        assert names['load_config'](names['parse_args']()).work_dir == f'work_dirs/{name}'

    def test_a_config_from_elsewhere_has_a_folder_of_its_name(self, script, tmp_path):
        (tmp_path / 'mine.py').write_text('x = 1\n')
        names = script('train.py', str(tmp_path / 'mine.py'))
        assert names['load_config'](names['parse_args']()).work_dir == 'work_dirs/mine'


def test_mmactions_own_script_runs_our_config(tmp_path):
    script = Path(mmaction.__file__).parent / '.mim/tools/train.py'
    code, output = run(
        sys.executable, script, CONFIG, '--work-dir', tmp_path, '--cfg-options', *SMALL, 'train_cfg.max_epochs=1'
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

    def test_a_bad_number_of_processes(self):
        code, output = run(tool('dist_train.sh'), 'config.py', 'two')
        assert code == 2 and "whole number, got 'two'" in output
