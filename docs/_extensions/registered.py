"""Directives that write the reference from the code: registered classes, public functions, tools."""

import ast
import contextlib
import io
import runpy
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List
from unittest import mock

import mmaction.registry
from docutils import nodes
from docutils.statemachine import StringList
from mmengine.registry import Registry
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

TOOLS = Path(__file__).parents[2] / 'tools'


def registered_classes(package: str) -> Dict[str, type]:
    """Return the classes of a package by path, in alphabetical order, that the registries of mmaction2 know.

    Args:
        package (str): Package or module, for example ``mamp_plugin.models.heads``.
    """
    found = {}
    for registry in vars(mmaction.registry).values():
        for member in registry.module_dict.values() if isinstance(registry, Registry) else ():
            if isinstance(member, type) and f'{member.__module__}.'.startswith(f'{package}.'):
                found[f'{member.__module__}.{member.__name__}'] = member
    return dict(sorted(found.items(), key=lambda item: item[1].__name__))


def public_functions(package: str) -> List[str]:
    """Return the paths of what a package exports besides registered classes."""
    module, registered = import_module(package), registered_classes(package).values()
    members = {name: getattr(module, name) for name in module.__all__}
    return [
        f'{member.__module__}.{name}'
        for name, member in members.items()
        if callable(member) and member not in registered and getattr(member, '__module__', '').startswith('mamp_plugin')
    ]


def help_text(path: Path) -> str:
    """Return what a tool prints for ``--help``, or the docstring of one without options."""
    source = path.read_text(encoding='utf-8')
    if 'sys.argv' in source:
        return ast.get_docstring(ast.parse(source))
    out = io.StringIO()
    with (
        mock.patch.object(sys, 'path', [str(path.parent), *sys.path]),
        mock.patch.object(sys, 'argv', [str(path.relative_to(TOOLS.parent)), '--help']),
        mock.patch.dict('os.environ', COLUMNS='100', NO_COLOR='1'),
        contextlib.redirect_stdout(out),
        contextlib.suppress(SystemExit),
    ):
        runpy.run_path(str(path), run_name='__main__')
    return out.getvalue()


class Generated(SphinxDirective):
    """Base of directives that parse lines which they generate from their argument."""

    required_arguments = 1
    final_argument_whitespace = True

    #: Method of each directive that yields its lines.
    lines: Callable[[], Iterator[str]]

    def run(self) -> List[nodes.Node]:
        if not self.config.with_reference:
            return []
        node = nodes.container()
        source = self.get_source_info()[0]
        self.state.nested_parse(StringList(list(self.lines()), source=source), self.content_offset, node)
        return node.children


class Registered(Generated):
    """Registered classes of the packages."""

    def lines(self) -> Iterator[str]:
        for package in self.arguments[0].split():
            for path in registered_classes(package):
                yield from ('```{eval-rst}', f'.. autoclass:: {path}', '```', '')


class Public(Generated):
    """Functions and other classes that the packages export."""

    def lines(self) -> Iterator[str]:
        for package in self.arguments[0].split():
            for path in public_functions(package):
                member = getattr(import_module(path.rpartition('.')[0]), path.rpartition('.')[2])
                kind = 'class' if isinstance(member, type) else 'function'
                # the docstrings of named tuples describe their members
                members = '   :members:' if kind == 'class' and not issubclass(member, tuple) else ''
                yield from ('```{eval-rst}', f'.. auto{kind}:: {path}', members, '```', '')


class Tools(Generated):
    """Help texts of the tools in the folders."""

    def lines(self) -> Iterator[str]:
        for folder in self.arguments[0].split():
            for path in sorted((TOOLS.parent / folder).glob('[!_]*.py')):
                yield from (f'## {path.stem}', '```text', *help_text(path).splitlines(), '```', '')


def setup(app: Sphinx) -> Dict[str, Any]:
    # False to check the pages only, which takes a third of the time
    app.add_config_value('with_reference', True, 'env', bool)
    app.add_directive('registered', Registered)
    app.add_directive('public', Public)
    app.add_directive('tools', Tools)
    return dict(parallel_read_safe=True)
