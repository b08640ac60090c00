from __future__ import annotations

import pytest
from tiny_studies import STUDIES

from pyscales.figures import draw_all


@pytest.fixture(scope="session", params=sorted(STUDIES))
def study(request):
    return STUDIES[request.param]()


@pytest.fixture(scope="session")
def drawn(study, tmp_path_factory):
    return draw_all(study, tmp_path_factory.mktemp("figures"))
