"""The Chinese README: commands, code and figures of the English one."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = 'README.md', 'README_zh-CN.md'


def without_comments(block):
    return [line.partition('  #')[0].rstrip() for line in block.text.splitlines()]


def test_commands_are_those_of_the_readme(blocks_of):
    english, chinese = ([without_comments(block) for block in blocks_of(page)] for page in (ENGLISH, CHINESE))
    assert len(chinese) == 5 and all(block in english for block in chinese)


def figures(page):
    """Return the accuracies in the rows of tables."""
    lines = (ROOT / page).read_text(encoding='utf-8').splitlines()
    return {tuple(re.findall(r'[\d.]+(?: ± [\d.]+)? %', line)) for line in lines if line.startswith('|')} - {()}


def test_figures_are_those_of_the_readme():
    assert figures(CHINESE) == figures(ENGLISH)
