"""Two-way translation of parameter names."""

import re
from typing import Sequence, Tuple


class NameTable:
    """Pairs of name patterns of an official release and of this plugin, which translate either way.

    A field in braces stands for a part that both names share; ``{rest}`` is any text::

        table = NameTable('the release', 'our model', [('encoder.{rest}', 'backbone.{rest}')])
        table.from_official('encoder.norm.bias')  # 'backbone.norm.bias'

    Args:
        official (str): Name of the release for error messages.
        ours (str): Name of the plugin's model for error messages.
        names (Sequence[tuple[str, str]]): Pairs of official and own patterns; the first match counts.
        **fields (str): Regular expression of each further field.
    """

    def __init__(self, official: str, ours: str, names: Sequence[Tuple[str, str]], **fields: str) -> None:
        self.official = official
        self.ours = ours
        self.names = tuple(names)
        self.fields = dict(fields, rest='.+')

    def from_official(self, name: str) -> str:
        """Translate a parameter name of the official release to this plugin's."""
        return self._translate(name, self.names, self.official)

    def to_official(self, name: str) -> str:
        """Translate a parameter name of this plugin to the official release's."""
        return self._translate(name, [pair[::-1] for pair in self.names], self.ours)

    def _translate(self, name: str, names: Sequence[Tuple[str, ...]], source: str) -> str:
        for old, new in names:
            found = re.fullmatch(self._pattern(old), name)
            if found:
                return new.format(**found.groupdict())
        raise KeyError(f'{name!r} is no parameter of {source}; known names: {", ".join(old for old, _ in names)}')

    def _pattern(self, name: str) -> str:
        groups = {field: f'(?P<{field}>{values})' for field, values in self.fields.items()}
        return re.escape(name).replace(r'\{', '{').replace(r'\}', '}').format(**groups)
