"""A small sweep."""

from __future__ import annotations

from typing import Any

import pytest
from sweep_plans import tiny


@pytest.fixture
def grid() -> dict[str, Any]:
    """Four points: two gains, two repeats."""
    return tiny(over={"model.gain": [0.8, 2.0]}, repeats=2)
