"""Sweeps: a plan becomes points, each point one file, found again by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyscales._lazy import lazy_names

if TYPE_CHECKING:
    from pyscales.sweep.folder import SweepFolder
    from pyscales.sweep.merge import merge_sweep
    from pyscales.sweep.plan import Plan, make_plan, read_plan
    from pyscales.sweep.points import Point
    from pyscales.sweep.run import SweepResult, run_sweep
    from pyscales.sweep.status import SweepStatus, sweep_status

__all__ = [
    "Plan",
    "Point",
    "SweepFolder",
    "SweepResult",
    "SweepStatus",
    "make_plan",
    "merge_sweep",
    "read_plan",
    "run_sweep",
    "sweep_status",
]

__getattr__ = lazy_names(
    __name__,
    {
        "pyscales.sweep.folder": ("SweepFolder",),
        "pyscales.sweep.merge": ("merge_sweep",),
        "pyscales.sweep.plan": ("Plan", "make_plan", "read_plan"),
        "pyscales.sweep.points": ("Point",),
        "pyscales.sweep.run": ("SweepResult", "run_sweep"),
        "pyscales.sweep.status": ("SweepStatus", "sweep_status"),
    },
)
