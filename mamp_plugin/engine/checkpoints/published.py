"""Published encoders: a folder with weights as safetensors and a config in JSON, loaded without unpickling."""

import json
import os
from typing import Any, Dict, NamedTuple

from mamp_plugin.dependencies import import_extra

from .checksum import sha256_of
from .loading import Weights

WEIGHTS, CONFIG = 'model.safetensors', 'config.json'
_WANTED = ('model', 'test_pipeline', 'sha256')


class Published(NamedTuple):
    """Content of a published encoder, as that of a checkpoint.

    Args:
        weights (dict[str, Tensor]): Weights by name, those of the encoder under ``backbone.``.
        cfg (dict): ``model`` with ``backbone``, and ``test_pipeline``.
        meta (dict): Further facts.
    """

    weights: Weights
    cfg: Dict[str, Any]
    meta: Dict[str, Any]


def is_published(path: str) -> bool:
    """Tell if a path is that of a published encoder, its folder or its file of weights."""
    return path.endswith('.safetensors') or os.path.isfile(os.path.join(path, CONFIG))


def read_published(path: str) -> Published:
    """Read a published encoder, and check its weights against their SHA-256."""
    weights = os.path.join(path, WEIGHTS) if os.path.isdir(path) else path
    config = os.path.join(os.path.dirname(weights), CONFIG)
    for file in (weights, config):
        if not os.path.isfile(file):
            raise FileNotFoundError(f'{file} does not exist; a published encoder has {WEIGHTS} and {CONFIG}')
    try:
        with open(config, encoding='utf-8') as stream:
            facts = json.load(stream)
        cfg = {key: facts.pop(key) for key in _WANTED}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f'{config} is no config of a published encoder ({repr(error)[:200]}); download it again'
        ) from None
    if sha256_of(weights) != cfg.pop('sha256'):
        raise ValueError(f'{weights} is damaged or not that of {config}: its SHA-256 differs; download both again')
    safetensors = import_extra('safetensors.torch', 'export')
    try:
        tensors = safetensors.load_file(weights)
    except Exception as error:  # its own errors, and those of PyTorch
        raise ValueError(f'{weights} is no safetensors file ({str(error)[:200]}); download it again') from error
    return Published({f'backbone.{key}': value for key, value in tensors.items()}, cfg, facts)
