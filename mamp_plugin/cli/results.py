"""Reproduce a table of results: run its commands for every row and seed, and print it in Markdown with them.

    python tools/analysis_tools/results.py docs/results/utd.yml --out utd.md

The table file is YAML: title, seeds, data (files, and the commands that make them if they are missing), commands,
columns, rows, defaults of rows and _base_ (a file with keys that this one lacks). A row takes one set of commands,
'pretrained' by default, without those in its 'skip'. {names} in commands are {seed}, {folder} (one per row, seed and
command), {checkpoint} (the last one of the command 'pretrain') and settings of the row. A column is a file in the
folder of a command, and a figure in it.

When called again, only commands that failed, were interrupted or have changed are run; delete a folder to repeat its
command, for example after a change of a config. CPU seconds are the sum over all attempts. The standard deviation is
that of the sample (n - 1).
"""

import argparse
import json
import re
import resource
import shlex
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Collection, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence

import yaml

from mamp_plugin.cli.child_processes import terminated_on_exit
from mamp_plugin.cli.launch import common_parser, load_config
from mamp_plugin.cli.lock import lock_work_dir
from mamp_plugin.cli.repeat import last_lines
from mamp_plugin.output_files import check_file, open_atomically

#: The command whose checkpoint the others take.
PRETRAIN = 'pretrain'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('table', type=Path, help='table file, for example docs/results/utd.yml')
    parser.add_argument('--only', nargs='+', metavar='ROW', help='rows; default: all')
    parser.add_argument('--columns', nargs='+', metavar='COLUMN', help='columns; default: all')
    parser.add_argument('--seeds', nargs='+', type=int, help='seeds of rows without their own; default: of the table')
    parser.add_argument('--work-dir', type=Path, help='folder of all runs; default: work_dirs/results/NAME_OF_TABLE')
    parser.add_argument('--out', help='Markdown file to write the table to')
    parser.add_argument('--dry-run', action='store_true', help='print the commands that would be run')
    return parser.parse_args()


class Table(NamedTuple):
    """Content of a table file."""

    title: str
    seeds: List[int]
    commands: Dict[str, Dict[str, str]]
    columns: Dict[str, List[str]]
    rows: Dict[str, Dict[str, Any]]
    defaults: Dict[str, Any] = {}
    data: Dict[str, str] = {}

    def settings(self, row: str) -> Dict[str, Any]:
        """Return the settings of a row, defaults included."""
        return {'commands': 'pretrained', **self.defaults, **self.rows[row]}

    def command_of(self, column: str) -> str:
        """Return the name of the command that a column's figure comes from."""
        return Path(self.columns[column][0]).parts[0]


class Step(NamedTuple):
    """A command of one row and seed, with a folder of its own."""

    row: str
    seed: int
    name: str
    folder: Path
    command: str

    def record(self) -> Dict[str, Any]:
        """Return ``command`` (None if there was none), ``cpu_seconds`` and ``done`` of the last run."""
        try:
            return json.loads((self.folder / 'command.json').read_text(encoding='utf-8'))
        except FileNotFoundError:
            return dict(command=None, cpu_seconds=0, done=False)

    def write(self, cpu_seconds: float, done: bool) -> None:
        """Write the record."""
        record = dict(command=self.command, cpu_seconds=cpu_seconds, done=done)
        with open_atomically(self.folder / 'command.json') as file:
            file.write(json.dumps(record, indent=2).encode())

    def is_done(self) -> bool:
        """Tell if this very command was run to its end."""
        record = self.record()
        return record['done'] and record['command'] == self.command


def read_table(path: Path) -> Table:
    """Read and check a table file, and the file that it takes missing keys from."""
    content: Dict[str, Any] = dict(_base_=path.name)
    while '_base_' in content:
        file = path.parent / content.pop('_base_')
        try:
            content = {**yaml.safe_load(file.read_text(encoding='utf-8')), **content}
        except (yaml.YAMLError, TypeError) as error:
            raise ValueError(f'{file} is no YAML mapping: {error}') from error
    required = set(Table._fields) - set(Table._field_defaults)
    if not required <= set(content) <= set(Table._fields):
        expected, found = (', '.join(map(str, names)) for names in (Table._fields, content))
        raise ValueError(f'{path}: expected {expected} (the last two are optional), found {found}')
    table = Table(**content)
    for row in table.rows:
        known(str(path), 'set of commands', [table.settings(row)['commands']], table.commands)
    names = {name for commands in table.commands.values() for name in commands}
    known(str(path), 'command', map(table.command_of, table.columns), names)
    return table


def folder_name(text: str) -> str:
    """Return a folder name without special characters; a comma would make a list of a setting."""
    return re.sub(r'\W+', '_', text)


def known(where: str, kind: str, names: Iterable[str], choices: Collection[str]) -> None:
    """Check that all names are among the choices."""
    for name in names:
        if name not in choices:
            raise ValueError(f"{where}: there is no {kind} '{name}'; choose from {', '.join(map(repr, choices))}")


def plan(table: Table, row: str, seed: int, columns: Sequence[str], work_dir: Path) -> Iterator[Step]:
    """Yield the commands that the columns of a row need for one seed, in order."""
    values = dict(table.settings(row), seed=seed)
    templates = table.commands[values['commands']]
    wanted = {table.command_of(column) for column in columns} & set(templates) - set(values.get('skip', ()))
    if any('{checkpoint}' in templates[name] for name in wanted):
        wanted.add(PRETRAIN)
    for name in [name for name in templates if name in wanted]:
        folder = work_dir / folder_name(f'{row} seed {seed}') / name
        try:
            command = templates[name].format_map(dict(values, folder=shlex.quote(str(folder))))
        except KeyError as error:
            raise ValueError(
                f"row '{row}' has no setting {error}, which its command '{name}' uses; add it to the row or to defaults"
            ) from None
        command = shlex.join(shlex.split(command))
        if name == PRETRAIN:
            values['checkpoint'] = shlex.quote(last_checkpoint(command))
        yield Step(row, seed, name, folder, command)


def last_checkpoint(command: str) -> str:
    """Return the path of the checkpoint that a training command leaves after its last epoch."""
    _, _, *arguments = shlex.split(command)
    cfg = load_config(common_parser('').parse_known_args(arguments)[0])
    return str(Path(cfg.work_dir) / f'epoch_{cfg.train_cfg.max_epochs}.pth')


def cpu_seconds() -> float:
    """Return user and system time of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(step: Step) -> Optional[str]:
    """Run a command, add its CPU time to that of interrupted attempts, and return an error message if it failed."""
    record = step.record()
    if record['command'] not in (None, step.command) and step.name == PRETRAIN:
        return f'{step.folder} was made by another command, {record["command"]}; delete or move {step.folder.parent}'
    if step.name == PRETRAIN:  # what was done with an earlier checkpoint is to be done again
        for earlier in step.folder.parent.glob('*/command.json'):
            earlier.unlink()
    spent = record['cpu_seconds'] if record['command'] == step.command else 0
    step.write(spent, done=False)
    print(f'{step.folder} starts', flush=True)
    spent -= cpu_seconds()
    code, log = None, step.folder / 'output.log'
    words = [sys.executable if word == 'python' else word for word in shlex.split(step.command)]
    try:
        with open(log, 'w', encoding='utf-8') as file, terminated_on_exit() as children:
            code = children.run(words, stdout=file, stderr=subprocess.STDOUT)
    finally:
        step.write(spent + cpu_seconds(), done=code == 0)
    return f'{step.folder} failed, exit status {code}: {last_lines(log, 1).strip()} (see {log})' if code else None


def run_all(steps: Sequence[Step]) -> List[str]:
    """Run the commands that are not done; return the error messages. After a failed pretraining its row is skipped."""
    problems = []
    for _, group in groupby(steps, key=lambda step: step[:2]):
        for step in group:
            with lock_work_dir(str(step.folder.parent)):
                problem = None if step.is_done() else run(step)
            if problem:
                print(problem, flush=True)
                problems.append(problem)
                if step.name == PRETRAIN:
                    break
    return problems


def read_figure(path: Path, name: str, weights: str) -> Optional[float]:
    """Return a figure of a record, of ``repeat.py`` (in percent), or of a row of ``probe.py``, by default the last."""
    content = json.loads(path.read_text(encoding='utf-8'))
    rows = content.get('rows')
    if rows and 'metric' in rows[0]:
        content = {row['metric']: 100 * row['mean'] for row in rows}
    elif rows:
        content = {row['weights']: row for row in rows}.get(weights, rows[-1])
    known(str(path), 'figure', [name], content)
    return content[name]


def cell(table: Table, row: str, column: str, steps: Sequence[Step]) -> str:
    """Return mean and standard deviation over the seeds that are done."""
    path, name = table.columns[column]
    steps = [step for step in steps if step.row == row and step.name == table.command_of(column)]
    done = [step.folder.parent / path for step in steps if step.is_done()]
    read = [read_figure(file, name, table.settings(row)['commands']) for file in done]
    numbers = [number for number in read if number is not None]
    if not numbers:
        return '–'
    if name == 'cpu_seconds':
        return f'{mean(numbers):,.0f}'
    text = f'{mean(numbers):.1f}' + (f' ± {stdev(numbers):.1f}' if len(numbers) > 1 else '')
    return text if len(done) == len(steps) else f'{text} ({len(done)} of {len(steps)} seeds)'


def markdown(table: Table, path: Path, rows: Sequence[str], columns: Sequence[str], steps: Sequence[Step]) -> str:
    """Format the table, with the commands of a row and the settings of each."""
    seeds = ', '.join(map(str, sorted({step.seed for step in steps})))
    lines = [f'## {table.title}', f'Accuracy in %, mean ± standard deviation over the seeds {seeds}.', '']
    lines += [f'| encoder | {" | ".join(columns)} |', '|---' * (len(columns) + 1) + '|']
    lines += [f'| {row} | {" | ".join(cell(table, row, column, steps) for column in columns)} |' for row in rows]
    lines += ['', '```bash', *table.data.values()]
    lines += [f'python tools/analysis_tools/results.py {path}   # runs, for every row and seed:']
    for name in dict.fromkeys(table.settings(row)['commands'] for row in rows):
        lines += ['', f'# {name}']
        lines += [re.sub(r'{(\w+)}', lambda match: match[1].upper(), text) for text in table.commands[name].values()]
    lines += ['', f'# unless a row has its own: {_listed(table.defaults)}']
    lines += [f'# {row}: {_listed(table.rows[row])}' for row in rows]
    return '\n'.join([*lines, '```', ''])


def _listed(settings: Dict[str, Any]) -> str:
    return ', '.join(f'{key.upper()} {value or "empty"}' for key, value in settings.items())


def main() -> None:
    args = parse_args()
    table = read_table(args.table)
    rows, columns = args.only or list(table.rows), args.columns or list(table.columns)
    known(str(args.table), 'row', rows, table.rows)
    known(str(args.table), 'column', columns, table.columns)
    work_dir = args.work_dir or Path('work_dirs/results') / args.table.stem
    seeds = args.seeds or table.seeds
    turns = [(seed, row) for row in rows for seed in table.settings(row).get('seeds', seeds)]
    turns.sort(key=lambda turn: turn[0])  # the first seed of all rows comes first
    steps = [step for seed, row in turns for step in plan(table, row, seed, columns, work_dir)]
    missing = [
        Step('data', 0, file, work_dir / folder_name(file), command)
        for file, command in table.data.items()
        if not Path(file).exists()
    ]
    if args.dry_run:
        print('\n'.join(step.command for step in (*missing, *steps) if step in missing or not step.is_done()))
        return
    if args.out:
        check_file(args.out)
    problems = [problem for problem in map(run, missing) if problem]
    try:
        problems = problems or run_all(steps)
    finally:
        text = markdown(table, args.table, rows, columns, steps)
        print(text)
        if args.out:
            with open_atomically(args.out) as file:
                file.write(text.encode())
    if problems:
        raise SystemExit('\n'.join(problems))
