"""Fixtures of the tests of file formats."""

import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.recording import Content
from mamp_plugin.skeletons import get_layout
from mamp_plugin.skeletons.description import parse_layout


@pytest.fixture()
def recordings():
    """Read the recordings in the content of a file, text or bytes; a dict of a layout is not registered."""

    def read(file_format, content, layout=None):
        content = content.encode() if isinstance(content, str) else content
        layout = parse_layout(layout) if isinstance(layout, dict) else layout and get_layout(layout)
        return file_format().read([Content(content, 'file')], layout)

    return read


@pytest.fixture()
def refused(recordings):
    """Check that the content of a file is an error of one line that begins with a regular expression."""

    def check(message, file_format, content, layout=None):
        with pytest.raises(RawDataError, match=f'^{message}') as error:
            recordings(file_format, content, layout)
        assert '\n' not in str(error.value)

    return check
