"""A rank that hangs is named by those that wait for it."""

import multiprocessing
import re
import socket
import time
from datetime import timedelta

import pytest
import torch
from torch import distributed

from mamp_plugin.cli import hung_ranks


def wait_for_all(rank, port, hung, messages):
    address = dict(init_method=f'tcp://127.0.0.1:{port}', timeout=timedelta(seconds=1))
    distributed.init_process_group('gloo', rank=rank, world_size=3, **address)
    if rank == hung:
        time.sleep(30)
    try:
        with hung_ranks.hung_ranks_named():
            distributed.all_reduce(torch.ones(2))
    except TimeoutError as error:
        messages.put(str(error))
        time.sleep(3)  # the store may be in this process


@pytest.mark.parametrize('hung', [1, 2])
def test_the_rank_that_hangs_is_named(monkeypatch, hung):
    monkeypatch.setattr(hung_ranks, 'PATIENCE', 2)
    context = multiprocessing.get_context('fork')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    messages = context.Queue()
    ranks = [context.Process(target=wait_for_all, args=(rank, port, hung, messages)) for rank in range(3)]
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


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match='^timed out$'), hung_ranks.hung_ranks_named():
        raise RuntimeError('timed out')  # not distributed
