"""Code blocks of the pages."""

import re
from pathlib import Path
from typing import List, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r'(?:<!-- ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$', re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """Code block: the invisible comment in front of it, its language, its text, and the text block behind it."""

    mark: str
    language: str
    text: str
    output: str


@pytest.fixture(scope='session')
def blocks_of():
    """Return the code blocks of a page, named by its path from the root of the repository."""

    def blocks_of(name) -> List[Block]:
        found = _BLOCK.findall((ROOT / name).read_text(encoding='utf-8'))
        behind = [text if language == 'text' else '' for _, language, text in [*found[1:], ('', '', '')]]
        return [Block(*block, output) for block, output in zip(found, behind)]

    return blocks_of
