"""Deprecated names of registered classes."""

import pytest
from mmengine.registry import Registry

from mamp_plugin.registry_aliases import register_alias


def test_old_name_builds_the_class_with_a_warning():
    class Center:
        def __init__(self, frame):
            self.frame = frame

    registry = Registry('transform', scope='tests')
    registry.register_module(module=Center)
    register_alias(registry, 'Centre', Center)
    with pytest.warns(DeprecationWarning, match='Centre is deprecated .* use Center instead'):
        built = registry.build(dict(type='Centre', frame='first'))
    assert type(built) is Center and built.frame == 'first'
