from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from pyscales.figures import draw_all
from pyscales.report import write_report


def _studies():
    """The small studies of the figure tests, once per process."""
    if "tiny_studies" not in sys.modules:
        path = Path(__file__).parents[1] / "figures" / "tiny_studies.py"
        spec = importlib.util.spec_from_file_location("tiny_studies", path)
        sys.modules["tiny_studies"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["tiny_studies"])
    return sys.modules["tiny_studies"].STUDIES


@pytest.fixture(scope="session", params=["frozen", "lognormal", "measured"])
def reported(request, tmp_path_factory):
    """A study with the text of its report."""
    study = _studies()[request.param]()
    folder = tmp_path_factory.mktemp("report")
    (folder / "data").mkdir()
    (folder / "data" / "degrees of it.nc").write_bytes(b"data")
    path = write_report(study, draw_all(study, folder / "figures"), folder)
    return study, path


@pytest.fixture(scope="session")
def lognormal():
    return _studies()["lognormal"]()
