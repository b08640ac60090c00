"""pyscales with its Julia engine."""

from __future__ import annotations

from typing import Any

from benchmarks.race.contenders.pyscales_engine import Engine


class Contender(Engine):
    """As the embedded engine, in Julia."""

    def make(self) -> Any:
        from pyscales.engines.julia.engine import JuliaEngine

        return JuliaEngine()
