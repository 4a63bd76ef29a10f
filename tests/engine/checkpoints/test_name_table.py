"""Two-way translation of parameter names."""

import pytest

from mamp_plugin.engine.checkpoints.name_table import NameTable

TABLE = NameTable(
    'the release',
    'our model',
    [('head.{side}_{index}.{rest}', 'heads.{index}.{side}.{rest}'), ('head.{rest}', 'other.{rest}'), ('a.b', 'c')],
    side='left|right',
    index='[0-9]+',
)


@pytest.mark.parametrize(
    ('official', 'ours'),
    [('head.left_12.fc.bias', 'heads.12.left.fc.bias'), ('head.up_1.bias', 'other.up_1.bias'), ('a.b', 'c')],
)
def test_names_translate_either_way(official, ours):
    assert TABLE.from_official(official) == ours and TABLE.to_official(ours) == official


@pytest.mark.parametrize('name', ['head.', 'axb', 'a.b.c'])
def test_unknown_names(name):
    with pytest.raises(KeyError, match=f'{name}.* is no parameter of the release; known names: head.*, a.b'):
        TABLE.from_official(name)
    with pytest.raises(KeyError, match='is no parameter of our model; known names: heads'):
        TABLE.to_official('d')
