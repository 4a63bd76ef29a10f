"""Recipes: from a pretraining config to the config of a downstream run.

A recipe is a function of a resolved pretraining config that returns the keys to change. A leaf config calls it::

    _base_ = '../../mamp_ntu60.py'
    from mamp_plugin.recipes import linear
    globals().update(linear(_base_))

``tools/train.py CONFIG --recipe linear`` does the same for any pretraining config.
"""

from .apply import RECIPES, apply_recipe
from .classification import finetune, linear, scratch, semi, transfer
from .data import evaluation_datasets, load_data_config
from .detection import detection
from .forecast import forecast
from .occlusion import OCCLUSIONS, occlusion
from .pretraining import mask_in_pipeline, on_data, pretrain, stream
from .retrieval import retrieval
from .supervised import supervised

__all__ = [
    'OCCLUSIONS',
    'RECIPES',
    'apply_recipe',
    'detection',
    'evaluation_datasets',
    'finetune',
    'forecast',
    'linear',
    'load_data_config',
    'mask_in_pipeline',
    'occlusion',
    'on_data',
    'pretrain',
    'retrieval',
    'scratch',
    'semi',
    'stream',
    'supervised',
    'transfer',
]
