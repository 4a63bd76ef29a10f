"""A run that is resumed in the middle of an epoch goes on as if it had not been interrupted."""

import pytest

from .conftest import LOOPS, RUNS, Interrupt, assert_equal

#: Workers of the interrupted run; the uninterrupted one has none.
WORKERS = {('mamp', 'epochs'): dict(workers=2, persistent=True), ('mamp', 'iterations'): dict(workers=2)}


def stop():
    raise KeyboardInterrupt


@pytest.mark.parametrize('loop', LOOPS)
@pytest.mark.parametrize('kind', RUNS)
def test_interrupted_twice(tiny, train, tmp_path, kind, loop):
    workers = WORKERS.get((kind, loop), {})
    whole = train(tiny(kind, loop), 'whole')
    for iteration in (5, 11):  # checkpoints of iterations 3 and 9
        with pytest.raises(KeyboardInterrupt):
            train(tiny(kind, loop, **workers), 'cut', Interrupt(iteration, stop))
    resumed = train(tiny(kind, loop, **workers), 'cut')
    assert resumed.batches == {iteration: whole.batches[iteration] for iteration in range(9, len(whole.batches))}
    assert len({batch for _, batch in whole.batches.values()}) == len(whole.batches) > 12
    assert_equal(resumed.runner.model.state_dict(), whole.runner.model.state_dict())
    assert (tmp_path / f'cut/iter_{len(whole.batches)}.pth').exists()
    assert resumed.runner.epoch == whole.runner.epoch and resumed.runner.iter == whole.runner.iter
