"""Public data sets, where they are: in $PYSCALES_DATA or in a folder `data` near the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]
_KNOWN = "salova2024_mouse_microns"


def _data_folder() -> Path | None:
    named = os.environ.get("PYSCALES_DATA")
    if named:
        return Path(named)
    for above in (_REPOSITORY.parent, _REPOSITORY.parents[1]):
        found = sorted(above.glob(f"*/data/{_KNOWN}")) + sorted(above.glob(f"data/{_KNOWN}"))
        if found:
            return found[0].parent
    return None


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Folder of the public data sets; the test is skipped without it."""
    folder = _data_folder()
    if folder is None or not (folder / _KNOWN).is_dir():
        pytest.skip("the public data sets are not here (set PYSCALES_DATA)")
    return folder
