"""doctor: versions, engines, and a solve with a known answer."""

from __future__ import annotations

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit


def doctor(as_json: o.Json = False) -> None:
    """Check this installation."""
    import os
    import time

    from pyscales.analysis.dmft import dmft
    from pyscales.degrees import Homogeneous
    from pyscales.model import Model
    from pyscales.results import provenance

    start = time.perf_counter()
    solved = dmft(Model(Homogeneous(100.0), 1.5))
    seconds = time.perf_counter() - start
    error = abs(float(solved["d0"]) - 0.7476863806)
    passed = error < 1e-8
    facts = provenance({}, 0)
    julia, julia_passed = _julia()
    record = {
        "pyscales": facts["pyscales"],
        "python": facts["python"],
        "platform": facts["platform"],
        **{f"package {k}": v for k, v in facts["packages"].items()},
        "cores": os.cpu_count(),
        "engine scipy": "ready",
        "engine julia": julia,
        "smoke solve": "passed" if passed else f"failed: D(0) off by {error:.2e}",
        "smoke solve seconds": round(seconds, 3),
    }
    emit(record, as_json)
    if not passed:
        raise typer.Exit(3)
    if not julia_passed:
        raise typer.Exit(4)


def _julia() -> tuple[str, bool]:
    from pyscales.engines.julia import readiness

    reason = readiness()
    if reason:
        return f"not ready: {reason}", True
    from pyscales.engines.julia.install import smoke_in_fresh_process

    smoke = smoke_in_fresh_process()
    if smoke["passed"]:
        return f"ready, smoke solve passed in {smoke['seconds']} s with the start of Julia", True
    return f"set up, but the smoke solve failed: {smoke.get('error', 'wrong numbers')}", False
