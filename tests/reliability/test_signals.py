"""Runs that are killed or told to end, on one and two ranks: exit codes, checkpoints, and the weights in the end."""

import multiprocessing
import os
import random
import signal
import socket

import pytest

from mamp_plugin.engine.checkpoints.loading import load as load_checkpoint
from mamp_plugin.engine.hooks import preemption_hook
from mamp_plugin.engine.hooks.preemption_hook import PREEMPTED

from .conftest import Interrupt, assert_equal


@pytest.fixture()
def fork(tiny, train):
    """Train in forked processes, each the leader of a process group; return their exit codes."""
    context = multiprocessing.get_context('fork')

    def run(rank, ranks, port, cfg, folder, hooks):
        os.setpgrp()
        if ranks > 1:
            os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(ranks))
            os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
            cfg.launcher = 'pytorch'
        train(cfg, folder, *hooks)

    def fork(folder, ranks=1, hooks_of_rank=((), ()), checkpoint=None, **options):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        cfg = tiny(ranks=ranks, **options)
        cfg.default_hooks.checkpoint.update(checkpoint or {})
        children = [
            context.Process(target=run, args=(rank, ranks, port, cfg, folder, hooks_of_rank[rank]))
            for rank in range(ranks)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join()
        return [child.exitcode for child in children]

    return fork


def tell(number):
    """Signal all processes of the group, workers of data loaders too, as a scheduler does."""
    os.killpg(0, number)


@pytest.mark.parametrize(
    ('ranks', 'number', 'options'),
    [
        (1, signal.SIGTERM, dict(kind='mamp', loop='epochs', workers=2)),
        (2, signal.SIGUSR1, dict(kind='finetune', loop='epochs')),
        pytest.param(1, signal.SIGUSR1, dict(kind='pcm3', loop='iterations', workers=2), marks=pytest.mark.slow),
        pytest.param(2, signal.SIGTERM, dict(kind='pcm3', loop='epochs', workers=1), marks=pytest.mark.slow),
    ],
)
def test_told_to_end(fork, tmp_path, ranks, number, options):
    by_epoch = dict(by_epoch=True, interval=1)
    assert fork('whole', ranks, checkpoint=by_epoch, **options) == [0] * ranks
    # only the last rank is told
    hooks = [()] * (ranks - 1) + [(Interrupt(6, lambda: tell(number)),)]
    assert fork('cut', ranks, hooks, by_epoch, **options) == [PREEMPTED] * ranks
    saved = tmp_path / 'cut/iter_7.pth'
    assert saved.exists() and load_checkpoint(str(saved))['meta']['iter'] == 7
    assert (tmp_path / 'cut/last_checkpoint').read_text().endswith('iter_7.pth')
    assert not (tmp_path / 'cut/.lock.json').exists()
    assert fork('cut', ranks, checkpoint=by_epoch, **options) == [0] * ranks
    assert not list((tmp_path / 'cut').glob('iter_*'))
    last = sorted(path.name for path in (tmp_path / 'whole').glob('epoch_*.pth'))[-1]
    assert_equal_checkpoints(tmp_path, last)


def assert_equal_checkpoints(folder, name):
    cut, whole = (load_checkpoint(str(folder / part / name)) for part in ('cut', 'whole'))
    assert_equal(cut['state_dict'], whole['state_dict'])
    for key in ('epoch', 'iter'):
        assert cut['meta'][key] == whole['meta'][key]


@pytest.mark.parametrize(
    ('ranks', 'kills', 'options'),
    [
        (1, 2, dict(kind='pcm3', loop='epochs', workers=2, persistent=True)),
        *[
            pytest.param(ranks, 4, dict(kind=kind, loop=loop, workers=workers), marks=pytest.mark.slow)
            for ranks in (1, 2)
            for kind in ('mamp', 'pcm3', 'finetune')
            for loop, workers in (('epochs', 0), ('iterations', 2))
        ],
    ],
)
def test_killed_at_random(fork, tmp_path, ranks, kills, options):
    assert fork('whole', ranks, **options) == [0] * ranks
    last = max((tmp_path / 'whole').glob('iter_*.pth'), key=lambda path: int(path.stem[5:])).name
    draw = random.Random(f'{options}')
    for iteration in sorted(draw.sample(range(1, 13), kills)):
        hook = Interrupt(iteration, lambda: os.kill(os.getpid(), signal.SIGKILL))
        assert fork('cut', ranks, [(hook,)] * ranks, **options) == [-signal.SIGKILL] * ranks
    assert fork('cut', ranks, **options) == [0] * ranks
    assert_equal_checkpoints(tmp_path, last)


def test_the_second_signal_ends_at_once(fork, tmp_path, monkeypatch):
    monkeypatch.setattr(preemption_hook, 'REPEATED', 0)

    def tell_twice():
        tell(signal.SIGTERM)
        tell(signal.SIGTERM)

    hooks = [(Interrupt(1, tell_twice),)]
    assert fork('cut', 1, hooks, kind='mamp', loop='epochs') == [-signal.SIGTERM]
    assert not list((tmp_path / 'cut').glob('*.pth'))
