"""Fixtures of the tests of JSON formats."""

import json
from copy import deepcopy

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.json_files import json_format_of
from mamp_plugin.datasets.preparation.recording import Content
from mamp_plugin.skeletons import get_layout

#: Ways to spoil the text of a file, and what the error says.
BROKEN = {
    'truncated': (lambda text: text[: len(text) // 2], r'\.json:\d+: .* \(column \d+\)'),
    'empty': (lambda text: b'', 'is empty'),
    'white space': (lambda text: b' \n', 'is empty'),
    'not UTF-8': (lambda text: text[:-1] + b'\xff"', 'is not valid JSON'),
    'too deep': (lambda text: b'[' * 100000, 'is not valid JSON'),
    'another document': (lambda text: b'{"skeletons": []}', 'expected '),
    'a number': (lambda text: b'7', 'expected '),
}


@pytest.fixture()
def motion():
    """Return poses of a person who moves little from frame to frame, ``(T, V, C)``."""

    def motion(frames, joints, dims=2, scale=100.0, start=3.0):
        draws = np.random.default_rng(joints)
        pose = start * scale + scale * draws.random((1, joints, dims))
        return np.round(pose + 0.02 * scale * np.arange(frames)[:, None, None], 4)

    return motion


@pytest.fixture()
def read():
    """Read documents, one per file, by a format; layouts are given by name."""

    def read(kind, *documents, layout=None):
        texts = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in documents]
        if not isinstance(documents[0], bytes):
            assert type(json_format_of(documents[0], 'a.json')) is type(kind)
        files = [Content(text, f'{chr(97 + index)}.json') for index, text in enumerate(texts)]
        (recording,) = kind.read(files, layout and get_layout(layout))
        assert recording.keypoint.dtype == np.float32 and recording.name == ''
        return recording

    return read


@pytest.fixture()
def fails(read):
    """Check that reading fails with one line that begins with the file."""

    def fails(kind, *documents, message, layout=None):
        with pytest.raises(RawDataError, match=message) as caught:
            read(kind, *documents, layout=layout)
        assert '\n' not in str(caught.value) and str(caught.value)[1:].startswith('.json')

    return fails


@pytest.fixture(params=BROKEN)
def broken_file(request, fails):
    """Check that a format refuses a spoiled file."""
    spoil, message = BROKEN[request.param]

    def check(kind, document):
        fails(kind, spoil(json.dumps(document).encode()), message=message)

    return check


@pytest.fixture()
def changed():
    """Return a document with another value at a place; ``...`` removes it."""

    def changed(document, path, value):
        document = deepcopy(document)
        *path, last = path
        part = document
        for key in path:
            part = part[key]
        if value is ...:
            del part[last]
        else:
            part[last] = value
        return document

    return changed
