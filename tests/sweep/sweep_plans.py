"""Small plans."""

from __future__ import annotations

from typing import Any


def tiny(**sweep: Any) -> dict[str, Any]:
    """A plan of fast points: networks of 40 neurons for a short time."""
    return {
        "run": {"jobs": ["critical-gain", "simulate"]},
        "degrees": {"mean_degree": 8.0},
        "model": {"n": 40},
        "simulation": {"n_trials": 1, "transient": 2.0, "duration": 10.0, "max_lag": 0.0},
        "sweep": sweep,
    }


def theory(**sweep: Any) -> dict[str, Any]:
    """A plan of the mean-field theory alone."""
    return {"run": {"jobs": ["critical-gain", "dmft"]}, "dmft": {"n_lags": 20}, "sweep": sweep}
