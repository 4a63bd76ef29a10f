"""The metafiles list every pretraining config, and mark figures of the papers as such."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
METAFILES = [
    yaml.safe_load((ROOT / path).read_text())
    for path in yaml.safe_load((ROOT / 'model-index.yml').read_text())['Import']
]
MODELS = [model for metafile in METAFILES for model in metafile['Models']]


def test_every_pretraining_config_is_listed_once():
    listed = [model['Config'] for model in MODELS]
    assert sorted(listed) == sorted(f'configs/{path.name}' for path in (ROOT / 'configs').glob('*.py'))
    assert all(model['Name'] == Path(model['Config']).stem for model in MODELS)


def test_every_model_belongs_to_a_collection():
    collections = {collection['Name']: collection for metafile in METAFILES for collection in metafile['Collections']}
    assert {model['In Collection'] for model in MODELS} == set(collections)
    for collection in collections.values():
        assert (ROOT / collection['README']).is_file()
    papers = {
        name for name, collection in collections.items() if 'arxiv.org' in collection.get('Paper', {}).get('URL', '')
    }
    assert papers == {'MAMP', 'MAE', 'PCM3'}


def test_figures_of_the_papers_are_marked():
    metrics = [name for model in MODELS for result in model.get('Results', ()) for name in result['Metrics']]
    assert metrics and all('published by the authors, not run here' in name for name in metrics)
