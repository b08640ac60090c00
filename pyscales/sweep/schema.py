"""The `[sweep]` section of a plan, which is otherwise an ordinary configuration file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from pyscales.config.schema import Section


class RefineSection(Section):
    """Adaptive refinement: cells whose corners differ are divided."""

    quantity: str = Field(description="Variable of the merged Dataset, e.g. simulation_phase.")
    threshold: float | None = Field(None, description="Boundary of a number; none for labels.")
    levels: int = Field(1, ge=1, le=12, description="Times the grid is halved at the boundary.")


class SweepSection(Section):
    """What varies."""

    over: dict[str, Any] = Field(
        default_factory=dict, description="Grid: values, or start/stop/count, of any key."
    )
    points: list[dict[str, Any]] = Field(
        default_factory=list, description="List instead of a grid: one table per point."
    )
    repeats: int = Field(1, ge=1, le=1_000_000, description="Times each point is computed.")
    seeds: Literal["independent", "shared"] = Field(
        "independent", description="Streams of each point, or the same for all (one realisation)."
    )
    keep: list[str] = Field(
        default_factory=list, description="Arrays kept besides the numbers: job.variable."
    )
    refine: RefineSection | None = Field(None, description="Refine along a boundary.")


class PlanFile(Section):
    """Wrapper that names the section in messages."""

    sweep: SweepSection = SweepSection()
