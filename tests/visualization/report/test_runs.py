"""Runs and results in work dirs."""

import json

import pytest

from mamp_plugin.config_differences import differences
from mamp_plugin.visualization.report.downstream import collect_results
from mamp_plugin.visualization.report.runs import Run, find_runs
from mamp_plugin.visualization.report.settings import describe_settings

CONFIG = """
model = dict(type='MAMP', backbone=dict(type='SkeletonTransformer'))
train_cfg = dict(max_epochs=4)
train_dataloader = dict(dataset=dict(type='SubsetDataset', dataset=dict(type='SkeletonDataset', ann_file='x.pkl')))
randomness = dict(seed=3)
"""
LOG = """
System environment:
    Python: 3.11
    sys.platform: linux
    GPU 0: H100

Runtime environment:
    seed: 7

2026/01/01 00:00:00 - mmengine - INFO - config: mine.py
2026/01/01 00:00:00 - mmengine - INFO - Epoch(train)  [3][ 5/10]  loss: 1.0
"""


@pytest.fixture()
def write(tmp_path):
    """Write the log of a run."""

    def write(name='run', time='20260101_000000', config=CONFIG, log=LOG, scalars=()):
        folder = tmp_path / name / time / 'vis_data'
        folder.mkdir(parents=True)
        (folder / 'config.py').write_text(config)
        (folder.parent / f'{time}.log').write_text(log)
        (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, scalars)))
        return tmp_path / name

    return write


def test_facts_and_progress(write):
    (run,) = find_runs([write()])
    assert run.state(living=True)['text'] == 'running: epoch 2 of 4 and 5 of 10 iterations'
    assert run.state()['text'].startswith('not finished') and not run.is_downstream
    facts = dict(run.facts())
    assert facts['model'] == 'MAMP with SkeletonTransformer' and facts['data set'] == 'SkeletonDataset, x.pkl'
    assert facts['seed'] == '7' and ['GPU 0', 'H100'] in run.environment()
    assert 'sys.platform' not in dict(run.environment())


def test_finished_runs_and_runs_that_logged_nothing(write):
    (done,) = find_runs([write('done', log='Epoch(train) [4][10/10]')])
    assert done.state() == dict(finished=True, done=4, total=4, text='finished: epoch 4 of 4')
    (fresh,) = find_runs([write('fresh', log='', config='train_cfg = dict(max_epochs=4)')])
    assert fresh.state(living=True)['text'] == 'running: nothing logged yet' and fresh.curves() == []
    (iterations,) = find_runs(
        [
            write(
                'iterations',
                config="train_cfg = dict(type='IterBasedTrainLoop', max_iters=9)",
                log='Iter(train) [ 3/9]',
            )
        ]
    )
    assert iterations.state()['text'] == 'not finished: iteration 3 of 9'


def test_logs_of_tests_are_none_of_the_training(write):
    folder = write(scalars=[dict(step=1, iter=1, loss=2.0)])
    write(time='20260102_000000', config='model = dict(cls_head=dict())')
    (folder / '20260102_000000/20260102_000000.json').write_text('{"acc/top1": 0.5}')
    (run,) = find_runs([folder])
    assert run.cfg['model']['type'] == 'MAMP' and [curve.name for curve in run.curves()] == ['loss']


def test_runs_below_a_folder_are_found_once(write, tmp_path):
    write('all/seed_0'), write('all/seed_1')
    assert [run.name for run in find_runs([tmp_path / 'all', tmp_path / 'all/seed_1'])] == ['all/seed_0', 'all/seed_1']


def test_folders_without_runs_are_refused(tmp_path):
    with pytest.raises(ValueError, match='has no logs of a run .* give the --work-dir'):
        find_runs([tmp_path])
    with pytest.raises(FileNotFoundError, match='does not exist; give the --work-dir'):
        find_runs([tmp_path / 'none'])


def test_configs_are_not_executed_from_a_work_dir(write):
    folder = write(config='import os')
    with pytest.raises(ValueError, match='is no plain data at line 1'):
        find_runs([folder])[0].state()
    (folder / 'mine.py').write_text('raise SystemExit')
    log = folder / '20260101_000000/20260101_000000.log'
    log.write_text(LOG.replace('mine.py', str(folder / 'mine.py')))
    assert 'was not found' in Run(folder, 'x').settings()['note']


def test_settings_over_bases_and_of_the_command_line(tmp_path):
    (tmp_path / 'base.py').write_text('a = dict(b=1, c=2)\nlist = [dict(d=1)]')
    (tmp_path / 'mine.py').write_text("_base_ = './base.py'\na = dict(b=5)")
    ran = dict(a=dict(b=5, c=2), list=[dict(d=7)], work_dir='x', randomness=dict(seed=None))
    assert describe_settings(ran, tmp_path / 'mine.py') == dict(
        bases=['./base.py'],
        own=[dict(key='a.b', value='5', base='1')],
        given=[dict(key='list.0.d', value='7', base='1')],
    )
    assert differences({}, dict(a=1)) == [dict(key='a', value='', base='1')]


def test_results_of_the_tools(write, tmp_path):
    scalars = [dict(step=1, data_time=1.0, **{'acc/top1': 0.5}), dict(step=2, data_time=1.0, **{'acc/top1': 0.75})]
    folder = write(config="model = dict(cls_head=dict(type='LinearProbeHead'))", scalars=scalars)
    (run,) = find_runs([folder])
    rows = [dict(weights='random', neighbor=50.0, linear=None, converged=True)]
    (folder / 'probe.json').write_text(json.dumps(dict(config='mine.py', rows=rows)))
    repeated = dict(value='0.1', metric='acc/top1', mean=0.6, std=0.1, runs=3)
    (folder / 'repeat.json').write_text(json.dumps(dict(vary='fraction', rows=[repeated])))
    for name, text in (('broken.json', '{'), ('other.json', '[1]'), ('empty.json', '{"rows": []}')):
        (folder / name).write_text(text)
    found = collect_results([tmp_path], [run])
    assert [(probe['run'], probe['source'], probe['rows']) for probe in found['probes']] == [
        ('run', 'run/probe.json', rows)
    ]
    assert [(row['task'], row['what'], row['value'], row['std']) for row in found['results']] == [
        ('LinearProbeHead', 'last validation', 0.75, None),
        ('fraction = 0.1', 'mean over seeds', 0.6, 0.1),
    ]
