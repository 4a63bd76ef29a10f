"""Publication of an encoder: weights as safetensors, config, model card."""

import json
import os
from typing import Any, Dict, Optional

from mamp_plugin.dependencies import import_extra
from mamp_plugin.engine.checkpoints.checksum import sha256_of
from mamp_plugin.engine.checkpoints.published import CONFIG, WEIGHTS
from mamp_plugin.models.backbones import SkeletonBackbone
from mamp_plugin.output_files import make_folder_atomically
from mamp_plugin.recipes.pipelines import inference_pipeline, pretraining_dataset
from mamp_plugin.version import __version__

from .trained import AnyConfig, Trained, build_trained_backbone, read_checkpoint

CARD = """---
library_name: mamp-plugin
tags: [skeleton-based-action-recognition, self-supervised-learning, {kind}]
---
# {title}

Encoder of skeleton sequences, trained with mamp-plugin.

| | |
|---|---|
{table}

```python
from mamp_plugin import load_encoder

encoder = load_encoder('{title}')    # this folder
features = encoder(keypoints)        # (T, V, C), (M, T, V, C) or a list of them; any length
```

`{config}` has the model and the pipeline; `load_encoder` applies both, and checks the SHA-256 of the weights.
"""


def publish_encoder(checkpoint: str, folder: str, config: Optional[AnyConfig] = None) -> Dict[str, Any]:
    """Write the encoder of a run into a folder that :func:`load_encoder` loads and that a model hub can hold.

    Args:
        checkpoint (str): Checkpoint of the run.
        folder (str): Folder to write; an older one is replaced once the new one is complete.
        config (str | dict | Config, optional): Config of the run. Defaults to None: that in the checkpoint.

    Returns:
        dict: The config that was written.
    """
    safetensors = import_extra('safetensors.torch', 'export')
    trained = read_checkpoint(checkpoint, config)
    backbone, model = build_trained_backbone(trained), trained.cfg.model
    kept = {key: model[key] for key in ('type', 'num_persons', 'pool', 'readout') if key in model}
    facts: Dict[str, Any] = dict(
        model=trained.checked(dict(kept, backbone=model.backbone)),
        test_pipeline=inference_pipeline(trained.cfg),
        mamp_plugin=__version__,
    )
    with make_folder_atomically(folder) as new:
        weights = os.path.join(new, WEIGHTS)
        safetensors.save_file({key: value.contiguous() for key, value in backbone.state_dict().items()}, weights)
        os.chmod(weights, 0o644)  # safetensors keeps it from other users
        facts['sha256'] = sha256_of(weights)
        _write(os.path.join(new, CONFIG), json.dumps(facts, indent=2))
        _write(os.path.join(new, 'README.md'), _card(trained, backbone, os.path.basename(folder.rstrip('/')), facts))
    return facts


def _write(path: str, text: str) -> None:
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def _card(trained: Trained, backbone: SkeletonBackbone, title: str, facts: Dict[str, Any]) -> str:
    size = sum(value.numel() for value in backbone.parameters())
    persons = backbone.num_persons or 'any number of'
    rows = {
        'method': facts['model'].get('type'),
        'encoder': f'`{type(backbone).__name__}`, {size:,} parameters, features of {backbone.out_channels} channels',
        'input': f'layout `{backbone.layout}`, {backbone.num_frames or "any number of"} frames, {persons} persons',
        'training data': _training_data(trained),
        'epochs': trained.meta.get('epoch', 'unknown'),
        'SHA-256': f'`{facts["sha256"]}`',
    }
    table = '\n'.join(f'| {name} | {value} |' for name, value in rows.items())
    return CARD.format(kind=backbone.kind, title=title, table=table, config=CONFIG)


def _training_data(trained: Trained) -> str:
    if not trained.cfg.get('train_dataloader'):
        return 'unknown'
    data = pretraining_dataset(trained.cfg)
    file = os.path.basename(str(data.get('ann_file', '')).rstrip('/'))
    return ', '.join(str(each) for each in (data.get('type'), file, data.get('split')) if each)
