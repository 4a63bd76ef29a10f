"""Leaves of downstream tasks: short, and what their pretraining config and recipe say."""

from pathlib import Path

import pytest

DOWNSTREAM = Path(__file__).parents[2] / 'configs/downstream'
LEAVES = sorted(
    str(path.relative_to(DOWNSTREAM).with_suffix(''))
    for path in DOWNSTREAM.rglob('*.py')
    if path.parent.name not in ('_base_', 'supervised')
)


@pytest.mark.parametrize('leaf', LEAVES)
def test_leaves_follow_their_pretraining_config(leaf, load):
    task, name = leaf.split('/')
    cfg = load(f'downstream/{leaf}')
    name = name[: -len(task) - 1]
    source = load(name.replace('pku2', 'ntu60') if task == 'transfer' else name).model.backbone
    kept = {key: value for key, value in source.items() if (task, key) != ('forecast', 'num_frames')}
    assert {key: cfg.model.backbone[key] for key in kept} == kept
    lines = [line for line in (DOWNSTREAM / f'{leaf}.py').read_text().splitlines() if line]
    assert len(lines) <= 5


def test_names_are_unique():
    """``mim train mamp_plugin NAME`` looks for a file of this name in all folders."""
    names = [path.name for path in DOWNSTREAM.parent.rglob('*.py') if '_base_' not in path.parts]
    assert len(names) == len(set(names))
