"""What all tests of configs have in common."""

import pytest
from mmengine.config import Config


@pytest.fixture(autouse=True)
def plain_text(monkeypatch):
    """A runner writes its config down four times; laying it out would take longer than the training here."""
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))
