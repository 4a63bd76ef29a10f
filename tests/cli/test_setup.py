"""Setting up an environment, with stand-ins for python, pip, uv and nvidia-smi on the PATH."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ('tools/setup_env.sh', 'tools/_python.sh', 'tools/_install.sh', 'tools/_missing.py')
BUILD = ('setup.py', 'pyproject.toml')
COMMANDS = ('bash', 'cat', 'cksum', 'cp', 'dirname', 'grep', 'mkdir', 'mktemp', 'rm', 'sed', 'sh', 'sleep', 'tail')
#: Logs its arguments, says that it is Python 3.MINOR, and fails where they contain $FAIL_ON.
PYTHON = """#!/bin/sh
echo "$0 $*" >>"$LOG"
case "$*" in *"${FAIL_ON:-never}"*) echo "$ERROR" >&2; exit 1 ;; esac
for last; do :; done
case "$*" in
    -V) echo Python 3.MINOR.1 ;;
    *version_info*) most=$(echo "$2" | sed 's/.*(3, \\([0-9]*\\)))$/\\1/'); [ MINOR -ge 10 ] && [ MINOR -le "$most" ] ;;
    *fcntl*) exec REAL "$@" ;;
    '-m venv'* | '-m virtualenv'*) sleep "${SLOW:-0}"; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
    *'install --dry-run'*) echo "Would install torch-2.13.0 $TORCH_NEEDS" ;;
    *'--target '*' uv') mkdir -p "$6/bin"; cp "$TOOLS/uv-stand-in" "$6/bin/uv" ;;
    *_missing.py*) grep -v '^#' "$last" ;;
    *'pip list'*) echo numpy==1.26.4; echo torch==2.1.0+cu118; echo odd==unknown ;;
    *' -c '*' -r '*) cp "$6" "$LOG.constraints"; cp "$last" "$LOG.added" ;;
esac
""".replace('REAL', shlex.quote(sys.executable))
LOGGED = '#!/bin/sh\necho "$0 $*" >>"$LOG"\n'


class Checkout:
    """A copy of the set-up in a folder with a blank in its name, and a PATH of stand-ins."""

    def __init__(self, folder, pythons):
        self.root, self.bin, self.log = folder / 'my checkout', folder / 'bin', folder / 'log'
        for name in (*SCRIPTS, *BUILD):
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        shutil.copytree(ROOT / 'requirements', self.root / 'requirements')
        self.bin.mkdir()
        for name in COMMANDS:
            (self.bin / name).symlink_to(shutil.which(name))
        for name, minor in pythons.items():
            self.add(name, PYTHON.replace('MINOR', str(minor)))

    def add(self, name, script):
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def start(self, **env):
        env = {'PATH': str(self.bin), 'LOG': str(self.log), 'TOOLS': str(self.bin), 'HOME': str(self.root), **env}
        command = [self.bin / 'bash', self.root / 'tools/setup_env.sh']
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)

    def run(self, **env):
        """Returns exit code and output; the log holds the calls of this run only."""
        self.log.write_text('')
        process = self.start(**env)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def calls(self, part):
        return [line for line in self.log.read_text().splitlines() if part in line]


@pytest.fixture()
def checkout(tmp_path):
    return Checkout(tmp_path, {'python3': 11})


@pytest.mark.parametrize(
    ('pythons', 'chosen'),
    [
        ({'python3': 9, 'python3.12': 12}, '3.12.1'),
        ({'python3': 15, 'python3.10': 10}, '3.10.1'),
        ({'python3': 14, 'python3.13': 13}, '3.13.1'),
        ({'python3': 8, 'python3.14': 14}, '3.14.1'),
        ({'python': 11}, '3.11.1'),
    ],
)
def test_a_suitable_python_is_found(pythons, chosen, tmp_path):
    code, output = Checkout(tmp_path, pythons).run()
    assert code == 0 and f'.venv with Python {chosen}' in output, output


def test_uv_provides_a_missing_python(tmp_path):
    checkout = Checkout(tmp_path, {'python3': 9, 'managed': 13})
    checkout.add(
        'uv', LOGGED + '[ -e "$LOG.got" ] && echo "$TOOLS/managed" && exit\n[ "$2" = install ] && : >"$LOG.got"'
    )
    code, output = checkout.run()
    assert code == 0 and '.venv with Python 3.13.1' in output, output


def test_without_a_suitable_python_the_message_names_it_and_the_command(tmp_path):
    checkout = Checkout(tmp_path, {'python3': 8})
    code, output = checkout.run(PYTHON='python3')
    assert code == 1 and 'Python 3.10 to 3.14 is needed, found' in output and 'Python 3.8.1' in output
    assert 'apt-get install python3.12-venv' in output and not (checkout.root / '.venv').exists()


def test_an_environment_of_another_python_is_left_alone(tmp_path):
    checkout = Checkout(tmp_path, {'python3': 12, 'old': 8})
    (checkout.root / '.venv/bin').mkdir(parents=True)
    shutil.copy(checkout.bin / 'old', checkout.root / '.venv/bin/python')
    code, output = checkout.run()
    assert code == 1 and 'holds Python 3.8.1, not Python 3.10 to 3.14\nNext: move it away' in output
    assert not checkout.calls('-m venv')


class TestTorch:
    def test_pips_build_is_taken_where_it_has_no_cuda(self, checkout):
        code, output = checkout.run()
        assert code == 0, output
        assert len(checkout.calls('install --quiet -c')) == 1 and not checkout.calls('/uv ')

    @pytest.mark.parametrize(
        ('gpu', 'env', 'backend'),
        [
            (None, {}, 'cpu'),
            ('GPU 0: NVIDIA H200', {}, 'auto'),
            ('No devices were found', {}, 'cpu'),
            (None, {'UV_TORCH_BACKEND': 'cu126'}, 'cu126'),
        ],
    )
    def test_uv_finds_the_build_that_suits_the_machine(self, gpu, env, backend, checkout):
        checkout.add('uv-stand-in', LOGGED)
        if gpu is not None:
            checkout.add('nvidia-smi', f'#!/bin/sh\necho "{gpu}"')
        code, output = checkout.run(TORCH_NEEDS='nvidia-cublas-13.1', **env)
        (call,) = checkout.calls('/uv pip')
        assert code == 0 and f'--torch-backend={backend} ' in call and call.endswith(' torch==2.13.0'), output
        assert not checkout.calls('install --quiet -c') and 'GB' not in output

    def test_where_uv_reaches_no_builds_pip_says_the_size(self, checkout):
        checkout.add('uv-stand-in', LOGGED + 'echo dns error >&2; exit 2')
        code, output = checkout.run(TORCH_NEEDS='nvidia-cublas-13.1')
        assert code == 0 and 'dns error' in output and 'GB to download' in output, output
        assert [call.split()[-1] for call in checkout.calls('install --quiet -c')] == ['torch==2.13.0']

    def test_without_a_wheel_for_this_python_another_version_is_taken(self, checkout):
        code, output = checkout.run(FAIL_ON='torch==2.13.0', ERROR='ERROR: No matching distribution found')
        assert code == 0, output
        assert checkout.calls('install --quiet -c')[-1].split()[-1] == 'torch'


class TestFailures:
    @pytest.mark.parametrize(
        ('error', 'help'),
        [
            ('ERROR: Could not install packages: [Errno 28] No space left on device', 'free some space'),
            ('ERROR: No matching distribution found for addict==2.4.0', 'check the network'),
            ('ERROR: Could not install packages: [Errno 13] Permission denied', 'make the folder writable'),
            ('something else', "run 'bash tools/setup_env.sh' again"),
        ],
    )
    def test_a_failing_step_ends_with_cause_and_next_command_and_goes_on(self, error, help, checkout):
        code, output = checkout.run(FAIL_ON='--no-deps -r', ERROR=error)
        assert code == 1 and f'error: Installing the tested versions failed: {error}\nNext: {help}' in output, output
        code, output = checkout.run()
        assert code == 0 and 'Ready: ' in output and not checkout.calls('-m venv'), output
        code, output = checkout.run()
        assert code == 0 and 'The environment is ready' in output and not checkout.calls('')

    def test_a_plugin_that_cannot_be_imported_is_told(self, checkout):
        code, output = checkout.run(FAIL_ON='import mamp_plugin', ERROR='ImportError: libGL.so.1: cannot open')
        assert code == 1 and 'Importing mamp-plugin failed: ImportError: libGL.so.1' in output

    def test_virtualenv_replaces_a_missing_ensurepip(self, checkout):
        code, output = checkout.run(FAIL_ON='-m venv', ERROR='ensurepip is not available')
        assert code == 0 and checkout.calls('-m virtualenv'), output

    def test_without_both_the_package_is_named(self, checkout):
        code, output = checkout.run(FAIL_ON='env', ERROR='ensurepip is not available')
        assert code == 1 and 'apt-get install python3-venv' in output

    def test_an_old_setuptools_is_no_obstacle(self, checkout):
        code, output = checkout.run(FAIL_ON='--no-build-isolation', ERROR='ERROR: no editable mode')
        assert code == 0 and checkout.calls('install --quiet --no-deps -e'), output


def test_two_set_ups_at_once_make_one_environment(checkout):
    checkout.log.write_text('')
    processes = [checkout.start(SLOW='1') for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert len(checkout.calls('-m venv')) == len(checkout.calls('--no-deps -r')) == 1
    assert sum('waiting for it' in output for output in outputs) == 1


def test_an_active_environment_keeps_its_versions(tmp_path):
    checkout = Checkout(tmp_path, {'python': 12})
    code, output = checkout.run(MAMP_ENV='active')
    assert code == 0 and not (checkout.root / '.venv').exists() and not checkout.calls('--upgrade'), output
    assert Path(f'{checkout.log}.constraints').read_text() == 'numpy==1.26.4\ntorch==2.1.0+cu118\n'
    added = Path(f'{checkout.log}.added').read_text()
    assert 'scipy; python_version' in added and '==' not in added.replace('python_version ==', '')
    assert 'mmengine' not in added and checkout.calls('install --quiet --no-deps -r')
    code, output = Checkout(tmp_path / 'old', {'python': 9}).run(MAMP_ENV='active')
    assert code == 1 and 'the active one is Python 3.9.1' in output


class TestMissing:
    @staticmethod
    def missing(tmp_path, *lines, own=False):
        path = tmp_path / 'requirements.txt'
        path.write_text('# a comment\n\n' + '\n'.join(lines) + '\n')
        command = [sys.executable, ROOT / 'tools/_missing.py', path, *(['--own'] if own else [])]
        env = {**os.environ, 'PYTHONPATH': str(tmp_path)}
        return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout.splitlines()

    def test_other_versions_and_flavors_count_as_present(self, tmp_path):
        lines = ['torch==0.0.1', 'mmcv-lite==0.0.1', 'opencv-python==0.0.1', 'numpy==0.0.1; python_version >= "3.8"']
        assert self.missing(tmp_path, *lines) == []

    def test_absent_packages_are_printed_with_version_and_condition(self, tmp_path):
        line = 'surely-not-installed==1.2; python_version < "3.99"'
        assert self.missing(tmp_path, 'torch==2.13.0', line) == [line]

    def test_a_module_without_a_distribution_counts_in_an_active_environment_only(self, tmp_path, monkeypatch):
        monkeypatch.syspath_prepend(ROOT / 'tools')
        import _missing

        def absent(name):
            raise _missing.PackageNotFoundError(name)

        monkeypatch.setattr(_missing, 'distribution', absent)
        assert _missing.present('torch', own=False) and not _missing.present('torch', own=True)
