"""The results command, with stand-ins for its commands, and a dry run of the table files."""

import json
import os
import re
import shlex
import shutil
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
from mmaction.registry import MODELS
from mmengine.config import Config

from mamp_plugin.cli import prepare, probe, repeat, results, train
from mamp_plugin.cli.launch import load_config

ROOT = Path(__file__).parents[2]
TABLES = ('utd', 'synthetic')
#: Stand-in for training, which uses CPU time and writes a checkpoint, unless the file ``cut`` or ``crash`` exists.
TRAIN = """
import os, signal, sys, time
from pathlib import Path
folder, seed = (Path(sys.argv[sys.argv.index(name) + 1]) for name in ('--work-dir', '--seed'))
while time.process_time() < 0.15:
    pass
if Path('crash').exists():
    sys.exit('error: out of memory')
if Path('cut').exists():
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(100)
(folder / 'epoch_3.pth').write_text(f'{seed} {sys.argv[-1]}')
"""
#: Stand-in for probe.py: accuracies are 50, 60 and 70, plus the seed.
PROBE = """
import json, sys
from pathlib import Path
config, *checkpoints, option, out = sys.argv[1:]
seed = float(out.split('seed_')[1][0])
rows = [dict(weights='raw poses', neighbor=50, linear=None), dict(weights='random', neighbor=60 + seed, linear=61)]
rows += [dict(weights=path, neighbor=70 + float(Path(path).read_text()[0]), linear=71) for path in checkpoints]
Path(out).write_text(json.dumps(dict(rows=rows)))
"""
#: Stand-in for repeat.py, which fails with seed 1 if the file ``full`` exists.
REPEAT = """
import json, sys
from pathlib import Path
seed, folder = sys.argv[1:3]
if seed == '1' and Path('full').exists():
    sys.exit('first line\\nerror: disk full')
Path(folder, 'repeat.json').write_text(json.dumps(dict(rows=[dict(metric='acc/top1', mean=0.8 + float(seed) / 100)])))
"""
TABLE = """
title: Stand-ins
seeds: [0, 1]
data: {data.pkl: touch data.pkl}
columns:
  1-NN: [mean/probe.json, neighbor]
  linear: [mean/probe.json, linear]
  fine-tuned: [semi/repeat.json, acc/top1]
  core-seconds: [pretrain/command.json, cpu_seconds]
commands:
  pretrained:
    pretrain: python train.py {config} --resume --seed {seed} --work-dir {folder} --cfg-options {schedule}
    mean: python probe.py {config} {checkpoint} --out {folder}/probe.json
    semi: python repeat.py {seed} {folder} load_from={checkpoint}
  random:
    mean: python probe.py {config} --out {folder}/probe.json
    semi: python repeat.py {seed} {folder}
  raw poses: {mean: 'python probe.py {config} --out {folder}/probe.json'}
defaults: {config: config.py, schedule: train_cfg.max_epochs=3}
rows:
  raw poses: {commands: raw poses, seeds: [0]}
  random: {commands: random}
  no 1-NN: {commands: random, skip: [mean], seeds: [0]}
  a, method: {scratch: ''}
"""


@pytest.fixture()
def run(monkeypatch, tmp_path, capsys):
    folder = tmp_path / 'with blank'
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, text in dict(train=TRAIN, probe=PROBE, repeat=REPEAT, config='train_cfg = dict(max_epochs=2)').items():
        Path(f'{name}.py').write_text(text)
    Path('table.yml').write_text(TABLE)

    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['results.py', 'table.yml', '--work-dir', folder / 'runs', *arguments])
        monkeypatch.setattr(sys, 'argv', [str(argument) for argument in sys.argv])
        try:
            results.main()
        finally:
            call.output = capsys.readouterr().out
        return call.output

    return call


def started(output):
    return re.findall(r'runs/(\S+) starts', output)


def cells(output):
    """Return the cells of each row of the table."""
    rows = [line.strip('| ').split(' | ') for line in output.splitlines() if line.startswith('| ')]
    return {row[0]: row[1:] for row in rows}


def test_table(run):
    output = run('--out', 'out/table.md')
    rows = cells(output)
    assert rows['encoder'] == ['1-NN', 'linear', 'fine-tuned', 'core-seconds']
    assert rows['raw poses'] == ['50.0', '–', '–', '–']
    assert rows['random'] == ['60.5 ± 0.7', '61.0 ± 0.0', '80.5 ± 0.7', '–']
    assert rows['no 1-NN'] == ['–', '–', '80.0', '–']
    assert rows['a, method'][:3] == ['70.5 ± 0.7', '71.0 ± 0.0', '80.5 ± 0.7']
    text = Path('out/table.md').read_text()
    assert text in output and 'over the seeds 0, 1.' in text
    commands = text.partition('```bash\n')[2].splitlines()
    assert commands[0] == 'touch data.pkl' and 'python repeat.py SEED FOLDER load_from=CHECKPOINT' in commands
    assert commands[-6] == '# unless a row has its own: CONFIG config.py, SCHEDULE train_cfg.max_epochs=3'
    assert commands[-5:-3] == ['# raw poses: COMMANDS raw poses, SEEDS [0]', '# random: COMMANDS random']
    assert commands[-2:] == ['# a, method: SCRATCH empty', '```']
    # data, then the first seed of all rows, pretraining first
    assert started(output)[0] == 'data_pkl' and Path('data.pkl').exists()
    assert started(output)[5:8] == [f'a_method_seed_0/{name}' for name in ('pretrain', 'mean', 'semi')]
    assert len(started(output)) == 13 and started(run()) == []
    assert cells(run.output) == rows


def test_selection_and_dry_run(run):
    plan = run('--dry-run', '--only', 'a, method', '--columns', 'fine-tuned', '--seeds', 4).splitlines()
    folder = Path('runs').resolve() / 'a_method_seed_4'
    assert plan == [
        'touch data.pkl',
        f"python train.py config.py --resume --seed 4 --work-dir '{folder}/pretrain' "
        '--cfg-options train_cfg.max_epochs=3',
        f"python repeat.py 4 '{folder}/semi' 'load_from={folder}/pretrain/epoch_3.pth'",
    ]
    assert not Path('runs').exists()
    output = run('--only', 'a, method', '--columns', 'fine-tuned', 'core-seconds', '--seeds', 4)
    assert cells(output)['a, method'][0] == '84.0' and started(output)[1:] == [
        f'a_method_seed_4/{name}' for name in ('pretrain', 'semi')
    ]
    assert run('--dry-run', '--only', 'a, method', '--columns', 'fine-tuned', '--seeds', 4).strip() == ''


def test_resume_after_a_cut(run):
    options = ('--only', 'a, method', '--seeds', 0)
    record = Path('runs/a_method_seed_0/pretrain/command.json')
    Path('cut').touch()
    with pytest.raises(KeyboardInterrupt):
        run(*options)
    assert cells(run.output)['a, method'] == ['–'] * 4
    first = json.loads(record.read_text())
    assert not first['done'] and first['cpu_seconds'] >= 0.15
    os.remove('cut')
    assert started(run(*options)) == [f'a_method_seed_0/{name}' for name in ('pretrain', 'mean', 'semi')]
    second = json.loads(record.read_text())
    assert second['done'] and second['cpu_seconds'] >= first['cpu_seconds'] + 0.15
    shutil.rmtree('runs/a_method_seed_0/semi')
    assert started(run(*options)) == ['a_method_seed_0/semi']


def test_failures_are_one_line_each_and_the_others_go_on(run):
    Path('full').touch()
    with pytest.raises(SystemExit) as error:
        run()
    folders = [Path('runs').resolve() / f'{row}_seed_1/semi' for row in ('random', 'a_method')]
    assert str(error.value).splitlines() == [
        f'{folder} failed, exit status 1: error: disk full (see {folder}/output.log)' for folder in folders
    ]
    assert cells(run.output)['random'][2] == cells(run.output)['a, method'][2] == '80.0 (1 of 2 seeds)'
    os.remove('full')
    assert started(run()) == ['random_seed_1/semi', 'a_method_seed_1/semi']

    shutil.rmtree('runs/a_method_seed_1')
    Path('crash').touch()
    with pytest.raises(SystemExit, match='a_method_seed_1/pretrain failed, exit status 1: error: out of memory'):
        run()
    assert started(run.output) == ['a_method_seed_1/pretrain']
    os.remove('data.pkl')
    Path('table.yml').write_text(TABLE.replace('touch', 'ls'))
    with pytest.raises(SystemExit, match='data_pkl failed, exit status'):
        run()
    assert started(run.output) == ['data_pkl']


class TestChanges:
    def test_a_changed_command_is_repeated(self, run):
        run('--seeds', 0)
        Path('table.yml').write_text(TABLE.replace('{folder} load', '{folder} twice load'))
        assert started(run('--seeds', 0)) == ['a_method_seed_0/semi']

    def test_another_pretraining_needs_another_folder(self, run):
        options = ('--only', 'a, method', '--seeds', 0)
        run(*options)
        Path('table.yml').write_text(TABLE.replace('max_epochs=3', 'max_epochs=3 work_dir=other'))
        with pytest.raises(SystemExit, match='pretrain was made by another command, .*=3; delete or move .*seed_0$'):
            run(*options)
        shutil.rmtree('runs/a_method_seed_0')
        assert len(started(run(*options))) == 3

    def test_what_depends_on_a_pretraining_is_repeated_with_it(self, run):
        run('--seeds', 0)
        shutil.rmtree('runs/a_method_seed_0/pretrain')
        assert started(run('--seeds', 0)) == [f'a_method_seed_0/{name}' for name in ('pretrain', 'mean', 'semi')]


def test_keys_of_another_file(run):
    head, columns, rest = TABLE.partition('columns:')
    Path('base').mkdir()
    Path('base/common.yml').write_text('title: Hidden\n' + columns + rest)
    Path('table.yml').write_text('_base_: base/common.yml\n' + head)
    assert '## Stand-ins' in run('--only', 'raw poses') and cells(run.output)['raw poses'][0] == '50.0'


@pytest.mark.parametrize(
    ('old', 'new', 'arguments', 'message'),
    [
        ('title: Stand-ins', 'titel: x', [], 'table.yml: expected title, .* optional., found titel, seeds'),
        (TABLE, '[a', [], 'table.yml is no YAML mapping: '),
        (TABLE, '[a]', [], 'table.yml is no YAML mapping: '),
        ('commands: random', 'commands: randon', [], "there is no set of commands 'randon'; choose from 'pretrained'"),
        ('[semi/', '[semy/', [], "there is no command 'semy'; choose from"),
        ('acc/top1]', 'acc]', ['--seeds', '0'], "repeat.json: there is no figure 'acc'; choose from 'acc/top1'"),
        (', schedule: ', ', epochs: ', [], "row 'a, method' has no setting 'schedule', .* 'pretrain' uses; add it to"),
        (
            '',
            '',
            ['--only', 'b'],
            "table.yml: there is no row 'b'; choose from 'raw poses', 'random', 'no 1-NN', 'a, method'",
        ),
        ('', '', ['--columns', '2-NN'], "there is no column '2-NN'; choose from '1-NN'"),
    ],
)
def test_errors(run, old, new, arguments, message):
    Path('table.yml').write_text(TABLE.replace(old, new))
    with pytest.raises(ValueError, match=message):
        run(*arguments)


def test_missing_config(run):
    Path('table.yml').write_text(TABLE.replace('config.py', 'nowhere.py'))
    with pytest.raises(SystemExit, match='config file nowhere.py does not exist'):
        run()


@pytest.mark.parametrize('name', TABLES)
def test_commands_of_the_tables(name, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    read_once = cache(Config.fromfile)
    monkeypatch.setattr(Config, 'fromfile', lambda path: deepcopy(read_once(path)))

    def arguments(tool, words):
        monkeypatch.setattr(sys, 'argv', words)
        return tool.parse_args()

    arguments(results, ['results.py', f'docs/results/{name}.yml', '--dry-run', '--seeds', '3'])
    results.main()
    checkpoints, read = set(), set()
    for command in capsys.readouterr().out.splitlines():
        python, *words = shlex.split(command)
        assert python == 'python' and Path(words[0]).is_file()
        if words[0] == 'tools/train.py':
            cfg = load_config(args := arguments(train, words))
            assert f'seed_{args.seed}/' in args.work_dir and args.resume == 'auto'
            checkpoints.add(f'{args.work_dir}/epoch_{cfg.train_cfg.max_epochs}.pth')
        elif words[0] == 'tools/analysis_tools/probe.py':
            args = arguments(probe, words)
            model = Config.fromfile(args.config).model
            model.readout = dict(type='PartPool') if args.readout == 'parts' else None
            assert MODELS.build(model) and Path(args.out).name == 'probe.json'
            read |= set(args.checkpoints)
        elif words[0] == 'tools/analysis_tools/repeat.py':
            args = arguments(repeat, words)
            words = ['train.py', args.config, *repeat.recipe_arguments(args), '--cfg-options', *args.cfg_options]
            load_from = load_config(arguments(train, words)).get('load_from')
            assert (load_from in checkpoints) == ('random' not in args.work_dir)
            assert f'seed_{args.seeds[0]}/' in args.work_dir and len(args.seeds) == 1
        else:
            assert words[0] == 'tools/data/prepare.py' and arguments(prepare, words).dataset == 'utd_mhad'
    assert len(checkpoints) >= 4 and read == checkpoints
