"""Page of a report: one HTML file with data, style and script inside, which requests nothing."""

import base64
import hashlib
import json
from importlib.resources import files
from math import isfinite
from typing import Any

#: Scripts in the order in which they need each other.
SCRIPTS = ('dom.js', 'runs.js', 'charts.js', 'features.js', 'player.js', 'main.js')
LARGEST = 8 * 1024 * 1024


def render(data: dict) -> bytes:
    """Return the page that shows the data of a report.

    The data are JSON that no text can leave, and the content security policy lets no script run but the page's own.

    Args:
        data (dict): Plain data: containers, texts and numbers.

    Raises:
        ValueError: The page is larger than 8 MB.
    """
    style = _asset('report.css')
    script = '"use strict";\n(() => {\n' + '\n'.join(map(_asset, SCRIPTS)) + '})();\n'
    text = json.dumps(_finite(data), separators=(',', ':'), allow_nan=False).replace('<', '\\u003c')
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'"
    page = _asset('report.html')
    for name, part in (('policy', policy), ('style', style), ('script', script), ('data', text)):
        page = page.replace('{{' + name + '}}', part, 1)
    content = page.encode()
    if len(content) > LARGEST:
        raise ValueError(
            f'the page would have {len(content) / 2**20:.1f} MB, more than {LARGEST >> 20}; lower --sequences or '
            '--limit, or give fewer work dirs'
        )
    return content


def _asset(name: str) -> str:
    return (files(__package__) / 'assets' / name).read_text(encoding='utf-8')


def _digest(text: str) -> str:
    return f'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'


def _finite(node: Any) -> Any:
    """Return data with null in place of NaN and infinity, which are no JSON."""
    if isinstance(node, dict):
        return {str(key): _finite(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_finite(value) for value in node]
    return None if isinstance(node, float) and not isfinite(node) else node
