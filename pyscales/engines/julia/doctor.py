"""What is installed, what would run, and a solve with known answers."""

from __future__ import annotations

import ssl
from typing import Any

import numpy as np

from pyscales.engines.julia import environment


def status() -> dict[str, Any]:
    """Facts from files; starts nothing."""
    sources = environment.find_sources()
    record = environment.installed()
    reason = environment.readiness()
    out: dict[str, Any] = {
        "ready": not reason,
        "reason": reason or "ready",
        "juliacall": environment.juliacall_version() or "not installed",
        "juliacall needed": environment.JULIACALL,
        "sources": str(sources.package) if sources else "missing",
        "lock": str(sources.manifest) if sources and sources.manifest else "none",
        "environment": str(environment.environment_folder(sources)) if sources else "-",
    }
    if record is not None:
        out |= {
            "julia": record.julia,
            "julia version": record.version,
            "depot": record.depot or "default",
            "versions": "resolved anew" if record.resolved else "from the lock",
        }
        remark = openssl_remark(record.version)
        if remark:
            out["remark"] = remark
    return out


def openssl_remark(julia_version: str) -> str:
    """A warning where Julia and Python bring OpenSSL libraries that clash in one process."""
    numbers = tuple(int(p) for p in julia_version.partition("-")[0].split(".")[:2])
    if numbers >= (1, 12) and ssl.OPENSSL_VERSION_INFO[:2] < (3, 5):
        return (
            f"Julia {julia_version} brings OpenSSL 3.5 and this Python {ssl.OPENSSL_VERSION}: they "
            "can clash in one process. If Julia does not start, use Julia 1.10 or 1.11."
        )
    return ""


def smoke() -> dict[str, Any]:
    """Solve what has a known answer in this process, starting Julia if need be."""
    from pyscales.engines import SamplingPlan
    from pyscales.engines.julia.engine import JuliaEngine

    engine = JuliaEngine()
    theory = engine.stationary(np.ones(1), np.ones(1), 1.5)
    error_d0 = abs(theory.d0 - 0.7476863806)
    # Without couplings x decays as exp(-t/tau).
    tau = np.array([0.01, 1.0, 2.0])
    errors = {}
    for solver in ("nonstiff", "stiff"):
        run = engine.integrate(
            np.zeros((3, 3)),
            np.ones((1, 3)),
            SamplingPlan(0.0, 2.0, 1.0),
            solver=solver,
            time_constants=tau,
            rtol=1e-8,
            atol=1e-10,
        )
        errors[solver] = float(np.abs(run.final_state - np.exp(-2.0 / tau)).max())
    passed = error_d0 < 1e-8 and max(errors.values()) < 1e-6
    return {
        "passed": bool(passed),
        "error of D(0)": error_d0,
        "error of the decay, nonstiff": errors["nonstiff"],
        "error of the decay, stiff": errors["stiff"],
    }
