"""Figures of trials in a page of the documentation."""

import platform
import sys
from datetime import date
from pathlib import Path

import torch


def heading(seconds: float) -> str:
    """Return the command that was run, and where and when."""
    command = ' '.join(['python', *sys.argv])
    where = f'Python {platform.python_version()}, PyTorch {torch.__version__}, {date.today()}'
    return f'`{command}` ({where}, {seconds / 60:.0f} min):'


def write_into(page: Path, name: str, text: str) -> None:
    """Replace the text between the marks of a name in a page."""
    start, end = f'<!-- {name} -->', f'<!-- /{name} -->'
    before, _, rest = page.read_text(encoding='utf-8').partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f'{page} has no {start} with {end} after it')
    page.write_text(f'{before}{start}\n{text}\n{end}{after}', encoding='utf-8')
