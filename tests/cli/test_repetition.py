"""Plan, completion records and statistics of repeated runs, without training."""

import json
from pathlib import Path

import pytest

from mamp_plugin.cli.repetition import Run, folder_name, plan_runs, read_validations, select_metrics, summarize, table

CONFIG = str(Path(__file__).parents[1] / 'data/tiny_recognizer.py')
CONFIGS = Path(__file__).parents[2] / 'configs'
FRACTION = 'train_dataloader.dataset.fraction'


def plan(tmp_path, **kwargs):
    return plan_runs(CONFIG, **{'seeds': [0, 1], 'work_dir': str(tmp_path), **kwargs})


def nested(node):
    """Yield a config and the data sets inside it."""
    while node:
        yield node
        node = node.get('dataset')


def write_log(run, *accuracies, name='20300101_000000'):
    """Write mmengine's log: an entry of training, of a hook, and of validation per epoch."""
    log = run.folder / name / 'vis_data/scalars.json'
    log.parent.mkdir(parents=True)
    lines = []
    for epoch, accuracy in enumerate(accuracies, start=1):
        lines.append(dict(loss=2.0, time=0.1, data_time=0.1, lr=0.1, epoch=epoch, iter=3 * epoch, step=3 * epoch))
        lines.append({'some_hook/curve': 7.0, 'step': epoch})
        lines.append({'acc/top1': accuracy, 'error': 1 - accuracy, 'time': 0.1, 'data_time': 0.1, 'step': epoch})
    log.write_text(''.join(json.dumps(line) + '\n' for line in lines))
    return log


class TestPlan:
    def test_one_run_per_value_and_seed(self, tmp_path):
        runs = plan(tmp_path, vary=[FRACTION, '0.5', '0.1'])
        assert [(run.value, run.seed) for run in runs] == [('0.5', 0), ('0.5', 1), ('0.1', 0), ('0.1', 1)]
        assert runs[3].folder == tmp_path / f'{FRACTION}_0.1' / 'seed_1'
        config = runs[3].settings['config']
        assert config['train_dataloader']['dataset']['fraction'] == 0.1
        assert config['randomness']['seed'] == config['train_dataloader']['dataset']['seed'] == 1
        assert runs[3].options == ['+train_dataloader.dataset.seed=1', f'{FRACTION}=0.1', 'randomness.seed=1']

    def test_without_varied_key(self, tmp_path):
        assert [run.folder for run in plan(tmp_path, seeds=[7])] == [tmp_path / 'seed_7']

    def test_subset_seed_of_the_user_is_kept(self, tmp_path):
        runs = plan(tmp_path, cfg_options=['+train_dataloader.dataset.seed=5'])
        seeds = [run.settings['config']['train_dataloader']['dataset']['seed'] for run in runs]
        assert seeds == [5, 5] and [run.settings['config']['randomness']['seed'] for run in runs] == [0, 1]

    @pytest.mark.parametrize(('name', 'key'), [('mamp_ntu60', 'dataset'), ('mamp_synthetic', 'dataset.dataset')])
    def test_subset_of_a_recipe_gets_the_seed(self, tmp_path, name, key):
        (run,) = plan_runs(str(CONFIGS / f'{name}.py'), [3], str(tmp_path), recipe=['--recipe', 'semi'])
        assert run.options[0] == f'train_dataloader.{key}.seed=3'
        (subset,) = (data for data in nested(run.settings['config']['train_dataloader']) if 'fraction' in data)
        assert subset['seed'] == 3 and 'seed' not in subset['dataset']

    def test_only_subsets_get_the_seed(self, tmp_path):
        config = tmp_path / 'wrapped.py'
        config.write_text(
            f"_base_ = '{CONFIG}'\n"
            'train_dataloader = dict(dataset=dict(_delete_=True, type="RepeatDataset", times=2,\n'
            '    dataset=dict(type="SubsetDataset", fraction=0.1, dataset=_base_.data)))\n'
        )
        assert plan_runs(str(config), [3])[0].options == [
            '+train_dataloader.dataset.dataset.seed=3',
            'randomness.seed=3',
        ]
        whole = 'train_dataloader.dataset.type=SyntheticSkeletonDataset'
        assert plan(tmp_path, seeds=[3], cfg_options=[whole])[0].options == [whole, 'randomness.seed=3']

    def test_default_visualizer_of_mmengine(self, tmp_path):
        assert len(plan(tmp_path, cfg_options=['visualizer=None'])) == 2

    def test_path_as_value_gives_one_folder(self):
        assert folder_name('load_from', 'work dirs/a/epoch_3.pth') == 'load_from_work_dirs_a_epoch_3.pth'

    @pytest.mark.parametrize(
        'kwargs, message',
        [
            (dict(seeds=[1, 1]), r'2 runs would share the folder .*seed_1; give every seed and every value once'),
            (dict(vary=['load_from', 'a/b', 'a_b']), r'would share the folder .*load_from_a_b/seed_0'),
            (dict(vary=[FRACTION]), f'--vary {FRACTION} has no values'),
            (dict(vary=['train_dataloder.batch_size', '2']), "tiny_recognizer.py has no 'train_dataloder'"),
            (dict(cfg_options=['load_from']), "'load_from' is not a setting; write KEY=VALUE"),
            (
                dict(cfg_options=['val_dataloader=None', 'val_evaluator=None']),
                'has no validation metrics',
            ),
            (
                dict(cfg_options=['visualizer.vis_backends.0.type=mmengine.TensorboardVisBackend']),
                r'vis_backends of .* has TensorboardVisBackend, but no LocalVisBackend, .*; add dict\(type=',
            ),
            (dict(cfg_options=['visualizer.vis_backends=None']), 'vis_backends of .* has nothing, but'),
        ],
    )
    def test_errors(self, tmp_path, kwargs, message):
        with pytest.raises(ValueError, match=message):
            plan(tmp_path, **kwargs)


class TestFinished:
    def test_needs_a_record_and_its_log(self, tmp_path):
        run = plan(tmp_path)[0]
        assert run.finished_log() is None
        log = write_log(run, 0.5, 0.6)
        write_log(run, 0.9, name='20310101_000000')  # of a later, failed run
        assert run.finished_log() is None
        run.finish(log)
        assert plan(tmp_path)[0].finished_log() == log
        log.unlink()
        assert run.finished_log() is None

    @pytest.mark.parametrize(
        'change', [dict(cfg_options=['optim_wrapper.optimizer.lr=0.2']), dict(processes=2), dict(seeds=[1, 0])]
    )
    def test_other_settings(self, tmp_path, change):
        run = plan(tmp_path)[0]
        run.finish(write_log(run, 0.5))
        other = plan(tmp_path, **change)[0]
        assert (other.finished_log() is None) == (other.settings != run.settings) and other.settings != run.settings

    def test_moved_folder(self, tmp_path):
        run = plan(tmp_path / 'here')[0]
        run.finish(write_log(run, 0.5))
        (tmp_path / 'here').rename(tmp_path / 'there')
        assert plan(tmp_path / 'there')[0].finished_log() is not None

    def test_truncated_record(self, tmp_path):
        run = plan(tmp_path)[0]
        run.finish(write_log(run, 0.5))
        run.record.write_text(run.record.read_text()[:40])
        assert run.finished_log() is None


def test_validations_are_separated_from_other_entries(tmp_path):
    log = write_log(Run(None, 0, tmp_path, [], {}), 0.25, 0.75, 0.5)
    validations = read_validations(log)
    assert validations == [{'acc/top1': each, 'error': 1 - each} for each in (0.25, 0.75, 0.5)]
    assert select_metrics(validations) == {'acc/top1': 0.5, 'error': 0.5}
    assert select_metrics(validations, 'max') == {'acc/top1': 0.75, 'error': 0.75}
    assert select_metrics(validations, 'min')['error'] == 0.25


class TestSummary:
    @staticmethod
    def results(*entries):
        return [(Run(value, seed, Path(), [], {}), {'acc/top1': number}) for value, seed, number in entries]

    def test_mean_and_sample_deviation_hand_computed(self):
        first, second = summarize(self.results(('0.1', 0, 0.2), ('0.1', 1, 0.4), ('0.1', 2, 0.9), ('1', 0, 0.7)))
        assert first['mean'] == pytest.approx(0.5)
        assert first['std'] == pytest.approx(((0.09 + 0.01 + 0.16) / 2) ** 0.5)
        assert (first['value'], first['metric'], first['runs']) == ('0.1', 'acc/top1', 3)
        assert first['by_seed'] == {0: 0.2, 1: 0.4, 2: 0.9}
        assert (second['value'], second['mean'], second['std'], second['runs']) == ('1', 0.7, None, 1)

    def test_table(self):
        text = table(summarize(self.results(('0.1', 0, 0.25), ('0.1', 1, 0.75), ('1', 0, 0.5))), 'fraction')
        assert [line.split() for line in text.splitlines()] == [
            ['fraction', 'metric', 'mean', 'std', 'runs'],
            ['0.1', 'acc/top1', '0.5000', '0.3536', '2'],
            ['1', 'acc/top1', '0.5000', 'none', '1'],
        ]
        alone = table(summarize(self.results((None, 0, 0.25))))
        assert alone.split() == ['metric', 'mean', 'std', 'runs', 'acc/top1', '0.2500', 'none', '1']
