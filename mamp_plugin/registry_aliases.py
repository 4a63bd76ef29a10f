"""Deprecated names of registered classes."""

import warnings
from typing import Any

from mmengine.registry import Registry


def register_alias(registry: Registry, old_name: str, cls: type) -> None:
    """Keep an old name of a registered class; building by it gives the class and a ``DeprecationWarning``."""

    def build(*args: Any, **kwargs: Any) -> Any:
        message = f'{old_name} is deprecated and will be removed in the next release; use {cls.__name__} instead'
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return cls(*args, **kwargs)

    registry.register_module(name=old_name, module=build)
