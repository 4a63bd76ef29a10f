"""Recipes by name, applied to a config that was read."""

import inspect
from typing import Any, Callable, Dict

from mmengine.config import Config

from .classification import finetune, linear, scratch, semi, transfer
from .detection import detection
from .forecast import forecast
from .occlusion import occlusion
from .retrieval import retrieval

#: Recipes by the name that the command line has for them.
RECIPES: Dict[str, Callable[..., Dict[str, Any]]] = {
    recipe.__name__: recipe
    for recipe in (linear, finetune, scratch, semi, transfer, retrieval, occlusion, forecast, detection)
}


def apply_recipe(cfg: Config, name: str, **options: Any) -> None:
    """Turn a pretraining config into the config of a downstream run.

    Args:
        cfg (Config): Pretraining config; changed in place.
        name (str): Name of the recipe, a key of :data:`RECIPES`.
        **options: Options of the recipe.
    """
    if name not in RECIPES:
        raise ValueError(f'unknown recipe {name!r}; known: {", ".join(RECIPES)}')
    if 'cls_head' in cfg.model:
        raise ValueError(f'{cfg.filename} is no pretraining config: model.type is {cfg.model.type}; leave out --recipe')
    recipe = RECIPES[name]
    try:
        inspect.signature(recipe).bind(cfg._cfg_dict, **options)
    except TypeError as error:
        raise ValueError(f'recipe {name}: {error}') from None
    cfg.merge_from_dict(recipe(cfg._cfg_dict, **options))
