"""Tests marked `julia`: PYSCALES_REQUIRE_JULIA=1 turns skipping into failure."""

from __future__ import annotations

import os

import pytest

from pyscales.engines.julia import readiness


@pytest.fixture(autouse=True)
def _julia_or_skip(request):
    if request.node.get_closest_marker("julia") is None:
        return
    reason = readiness()
    if not reason:
        return
    if os.environ.get("PYSCALES_REQUIRE_JULIA") == "1":
        pytest.fail(f"Julia is required here, but: {reason}")
    pytest.skip(reason)
