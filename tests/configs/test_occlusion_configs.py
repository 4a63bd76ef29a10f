"""The occlusion configs are the linear ones plus what is to be hidden."""

from itertools import combinations
from pathlib import Path

import pytest
from mmaction.registry import TRANSFORMS
from mmengine.config import Config

from mamp_plugin.skeletons import LAYOUTS

DOWNSTREAM = Path(__file__).parents[2] / 'configs/downstream'
DATA = ('ntu60', 'ntu60_xview', 'ntu120', 'ntu120_xset', 'pku1', 'pku2', 'utd', 'sbu', 'synthetic')
ALL = [f'{method}_{data}' for method in ('mamp', 'pcm3') for data in DATA]


def test_there_is_one_for_every_method_and_data_set():
    assert sorted(path.stem for path in (DOWNSTREAM / 'occlusion').glob('*.py')) == sorted(ALL)


@pytest.mark.parametrize('name', ALL)
def test_only_what_is_hidden_is_added_to_the_linear_config(name):
    occlusion, linear = (Config.fromfile(DOWNSTREAM / task / f'{name}.py') for task in ('occlusion', 'linear'))
    added = occlusion.keys() - linear.keys()
    assert added == {'occlusions', 'parts', 'pairs'}
    for key in linear:
        assert occlusion[key] == linear[key], key


def test_nothing_every_part_every_pair_and_three_stretches():
    occlusions = Config.fromfile(DOWNSTREAM / '_base_/occlusion.py').occlusions
    for layout in LAYOUTS.values():
        hidden, shares = [], []
        for steps in occlusions.values():
            for step in steps:
                if step.type == 'OccludeBodyParts':
                    hidden.append(TRANSFORMS.build(dict(step, layout=layout.name)).parts)
                else:
                    shares.append(TRANSFORMS.build(step).share)
        parts = list(layout.parts)
        assert hidden == [(part,) for part in parts] + list(combinations(parts, 2))
        assert shares == [0.25, 0.5, 0.75]
    assert len(occlusions) == 1 + 5 + 10 + 3 and occlusions['none'] == []
    assert all(step[0].seed == 0 for name, step in occlusions.items() if name.startswith('frames'))
