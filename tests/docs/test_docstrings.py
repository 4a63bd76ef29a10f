"""Docstrings of what packages export: they exist, and their examples run."""

import doctest
import inspect
import pkgutil
from importlib import import_module

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, TRANSFORMS

import mamp_plugin

PACKAGES = [name for _, name, package in pkgutil.walk_packages(mamp_plugin.__path__, 'mamp_plugin.') if package]
PUBLIC = {
    f'{package}.{name}': member
    for package in PACKAGES
    for name in getattr(import_module(package), '__all__', ())
    if inspect.isfunction(member := getattr(import_module(package), name)) or inspect.isclass(member)
}
#: Their examples read a trained checkpoint.
WITH_CHECKPOINT = {'mamp_plugin.apis.SkeletonInferencer', 'mamp_plugin.apis.load_encoder'}
EXAMPLES = sorted(name for name in {*PUBLIC} - WITH_CHECKPOINT if '>>>' in (inspect.getdoc(PUBLIC[name]) or ''))


@pytest.mark.parametrize('package', PACKAGES)
def test_public_members_have_docstrings(package):
    missing = [name for name, member in PUBLIC.items() if name.startswith(package) and not member.__doc__]
    assert not missing


@pytest.mark.parametrize('name', EXAMPLES)
def test_example_runs(name):
    member = PUBLIC[name]
    scope = dict(vars(inspect.getmodule(member)), torch=torch, np=np, MODELS=MODELS, TRANSFORMS=TRANSFORMS)
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(member), scope, name, None, 0)
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(test)
    assert result.attempted and not result.failed
