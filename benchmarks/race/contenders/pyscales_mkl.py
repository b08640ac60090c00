"""pyscales' embedded engine with MKL's products."""

from __future__ import annotations

from typing import Any

from benchmarks.race.contenders.pyscales_engine import Engine


class Contender(Engine):
    """As the embedded engine, named mkl."""

    def make(self) -> Any:
        from pyscales.engines import get_engine

        return get_engine("mkl")
