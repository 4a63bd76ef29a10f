"""Ranks end together; one that hangs is named by those that wait for it."""

import multiprocessing
import re
import socket
import time
from datetime import timedelta

import pytest
import torch
from torch import distributed

from mamp_plugin.cli import process_group


def wait_for_all(rank, port, hung, messages):
    address = dict(init_method=f'tcp://127.0.0.1:{port}', timeout=timedelta(seconds=1))
    distributed.init_process_group('gloo', rank=rank, world_size=3, **address)
    if rank == hung:
        time.sleep(30)
    try:
        with process_group.ended_process_group():
            distributed.all_reduce(torch.ones(2))
    except TimeoutError as error:
        messages.put(str(error))
        time.sleep(3)  # the store may be in this process


@pytest.fixture()
def free_port():
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]


@pytest.mark.parametrize('hung', [1, 2])
def test_the_rank_that_hangs_is_named(monkeypatch, free_port, hung):
    monkeypatch.setattr(process_group, 'PATIENCE', 2)
    context = multiprocessing.get_context('fork')
    messages = context.Queue()
    ranks = [context.Process(target=wait_for_all, args=(rank, free_port, hung, messages)) for rank in range(3)]
    try:
        for rank in ranks:
            rank.start()
        for _ in range(2):
            assert re.match(
                f'rank {hung} of 3 did not answer until the timeout of env_cfg.dist_cfg; ', messages.get(timeout=60)
            )
    finally:
        for rank in ranks:
            rank.kill()


def end_early(rank, port, ended):
    distributed.init_process_group('gloo', rank=rank, world_size=2, init_method=f'tcp://127.0.0.1:{port}')
    with process_group.ended_process_group():
        time.sleep(rank)
        ended[rank] = 1
    assert list(ended) == [1, 1] and not distributed.is_initialized()


def test_ranks_end_together(free_port):
    context = multiprocessing.get_context('fork')
    ended = context.Array('i', 2)
    ranks = [context.Process(target=end_early, args=(rank, free_port, ended)) for rank in range(2)]
    for rank in ranks:
        rank.start()
    for rank in ranks:
        rank.join()
    assert [rank.exitcode for rank in ranks] == [0, 0]


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match='^timed out$'), process_group.ended_process_group():
        raise RuntimeError('timed out')  # not distributed
