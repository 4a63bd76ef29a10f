"""Published encoders: loaded again, and nothing else accepted."""

import json

import pytest
import torch
from mmaction.registry import DATASETS

from mamp_plugin.apis import load_encoder
from mamp_plugin.apis.publish import publish_encoder

pytest.importorskip('safetensors')


@pytest.mark.parametrize(
    ('name', 'recipe', 'change'),
    [
        ('mamp_synthetic', None, {'model.readout': dict(type='PartPool', segments=2)}),
        ('pcm3_stgcn_ntu60', None, {}),
        ('pcm3_synthetic', 'linear', {}),
    ],
)
def test_published_encoders_give_the_same_features(save_run, tmp_path, name, recipe, change):
    checkpoint, _ = save_run(name, recipe, change, epoch=7)
    folder = tmp_path / 'hub/my-encoder'
    facts = publish_encoder(checkpoint, str(folder))
    assert sorted(path.name for path in folder.iterdir()) == ['README.md', 'config.json', 'model.safetensors']
    card = (folder / 'README.md').read_text()
    assert facts['sha256'] in card and '| epochs | 7 |' in card and "load_encoder('my-encoder')" in card
    samples = list(DATASETS.build(dict(type='SyntheticSkeletonDataset', num_subjects=2, indices=3, pipeline=[])))
    expected = load_encoder(checkpoint)
    for path in (folder, folder / 'model.safetensors'):
        torch.testing.assert_close(load_encoder(str(path))(samples), expected(samples))
    if change:
        torch.testing.assert_close(load_encoder(str(folder))(samples, 'parts'), expected(samples, 'parts'))


def test_damaged_and_hostile_folders(save_run, tmp_path):
    folder = tmp_path / 'encoder'
    facts = publish_encoder(save_run('mamp_synthetic')[0], str(folder))
    facts['model']['backbone']['type'] = 'subprocess.Popen'
    (folder / 'config.json').write_text(json.dumps(facts))
    with pytest.raises(ValueError, match="type='subprocess.Popen', which is not registered"):
        load_encoder(str(folder))
    (folder / 'config.json').write_text(json.dumps(dict(facts, sha256='0')))
    with pytest.raises(ValueError, match='model.safetensors is damaged or not that of .*: its SHA-256 differs'):
        load_encoder(str(folder))
    (folder / 'config.json').write_text('[]')
    with pytest.raises(ValueError, match='config.json is no config of a published encoder'):
        load_encoder(str(folder))
    (folder / 'config.json').unlink()
    with pytest.raises(
        FileNotFoundError, match='config.json does not exist; a published encoder has model.safetensors'
    ):
        load_encoder(str(folder / 'model.safetensors'))
