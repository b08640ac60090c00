"""What a run used, read from its files, and the works that stand behind it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyscales.citations.entries import REFERENCES, Reference
from pyscales.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class References:
    """Works to cite, with the tags that called for them."""

    entries: tuple[Reference, ...]
    tags: frozenset[str]

    def bibtex(self) -> str:
        """All entries."""
        return "\n".join(entry.bibtex() for entry in self.entries)


def references_of(sources: Iterable[str | Path] = (), *, everything: bool = False) -> References:
    """What to cite for results.

    Parameters
    ----------
    sources : iterable of path
        Run folders, or NetCDF files of results; none for the program and its theory alone.
    everything : bool
        Every work known.

    Raises
    ------
    InputError
        A source that holds no results of pyscales.
    """
    tags: set[str] = set()
    for source in sources:
        tags |= _tags_of_source(Path(source))
    return references_for(tags, everything=everything)


def references_for(tags: set[str], *, everything: bool = False) -> References:
    """The works behind a set of tags, see `tags_of`."""
    chosen = tuple(r for r in REFERENCES if everything or not r.tags or r.tags & tags)
    return References(chosen, frozenset(tags))


def tags_of(dataset: xr.Dataset) -> set[str]:
    """What a result rests on: its job, its variables, its model, its engine."""
    attrs = dataset.attrs
    tags = {f"variable:{name}" for name in map(str, dataset.data_vars)} | {"data:netcdf"}
    for job in ("simulation", "timescales", "dmft", "spectrum", "lyapunov"):
        prefix = f"{job}_"
        tags |= {
            f"variable:{name.removeprefix(prefix)}"
            for name in map(str, dataset.data_vars)
            if name.startswith(prefix)
        }
    if "job" in attrs and attrs["job"] != "sweep":
        tags.add(f"job:{attrs['job']}")
    for name in ("engine", "data"):
        if isinstance(attrs.get(name), str):
            tags.add(f"{name}:{attrs[name]}")
    if isinstance(attrs.get("theory_degrees"), str):
        tags.add(f"degrees:{attrs['theory_degrees']}")
    if attrs.get("job") == "sweep":
        tags |= _tags_of_plan(json.loads(attrs["plan"]))
    model = attrs.get("model")
    if isinstance(model, str) and model.startswith("{"):
        parameters = json.loads(model)
        tags |= _symmetry_tags([parameters.get("symmetry", 0.0)])
        tags.add(f"cap:{parameters.get('cap', 'clip')}")
    if "symmetry" in dataset.coords:
        tags |= _symmetry_tags(dataset["symmetry"].values.ravel().tolist())
    return tags


def _tags_of_source(source: Path) -> set[str]:
    from pyscales.results import load_dataset

    if source.is_file():
        return tags_of(load_dataset(source))
    if not source.is_dir():
        raise InputError("source", str(source), "a run folder or a NetCDF file of results")
    files = [*source.glob("results/*.nc"), *source.glob("data/*.nc"), *source.glob("merged.nc")]
    tags: set[str] = set()
    for file in sorted(files):
        tags |= tags_of(load_dataset(file))
    if (source / "plan.json").is_file():
        tags |= _tags_of_plan(json.loads((source / "plan.json").read_text(encoding="utf-8")))
    if (source / "data" / "nuclei.csv").is_file():
        tags |= {"data:microns", "job:timescales", "variable:timescale_fit"}
    if any(source.glob("figures/*.svg")):
        tags.add("data:figures")
    if not tags:
        raise InputError("source", str(source), "a folder with results of pyscales")
    return tags


def _tags_of_plan(plan: dict[str, Any]) -> set[str]:
    """The tags of a sweep before it is merged."""
    from pyscales.config.schema import Config

    base = plan["base"]
    jobs = base.get("run", {}).get("jobs", Config().run.jobs)
    tags = {f"job:{job}" for job in jobs}
    if "timescales" in jobs:
        tags |= {f"variable:timescale_{m}" for m in Config().timescales.methods}
        tags.add("job:simulate")
    swept = dict(plan["over"])
    symmetries = swept.get("model.symmetry", [base.get("model", {}).get("symmetry", 0.0)])
    symmetries += [p["model.symmetry"] for p in plan["points"] if "model.symmetry" in p]
    return tags | _symmetry_tags(symmetries) | {"data:netcdf"}


def _symmetry_tags(values: Iterable[float]) -> set[str]:
    return {
        "symmetry:positive" if v > 0 else "symmetry:negative" if v < 0 else "symmetry:zero"
        for v in values
    }
