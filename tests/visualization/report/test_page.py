"""The page carries data that no text can leave."""

import json
import re

import pytest

from mamp_plugin.visualization.report import page

HOSTILE = '</script><script>alert(1)</script><!-- {{script}}'


def test_data_stay_data():
    text = page.render(dict(classes=[HOSTILE], value=float('nan'), pair=(1, float('inf')))).decode()
    assert text.count('<script') == text.count('</script>') == 2
    content = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)[1]
    assert json.loads(content) == dict(classes=[HOSTILE], value=None, pair=[1, None])
    assert "default-src 'none'" in text and '{{style}}' not in text


def test_pages_have_a_limit():
    with pytest.raises(ValueError, match=r'the page would have 9\.\d MB, more than 8; lower --sequences'):
        page.render(dict(text='x' * (9 << 20)))
