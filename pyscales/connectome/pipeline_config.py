"""The TOML file of the MICrONS pipeline: paths, cuts, estimator, statistics, model."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from pyscales.config.messages import input_error_from
from pyscales.config.schema import Section
from pyscales.errors import InputError


class FilesSection(Section):
    """Where the files are, relative to the TOML file."""

    nwb: list[str] = Field(min_length=1, description="NWB scans (DANDI 000402 layout).")
    coregistration: str = Field(description="Units to nuclei.")
    cells: str = Field(description="Nuclei, root ids, positions, types, areas.")
    synapses: str = Field(description="One row per synapse, or per pair.")
    scan_units: str | None = Field(None, description="ScanUnit table; names the units exactly.")
    proofreading: str | None = Field(None, description="Status of axons and dendrites.")
    voxel: tuple[float, float, float] = Field(
        (0.004, 0.004, 0.04), description="Micrometres per unit of the positions of cells."
    )


class UnitsSection(Section):
    """Which units are used."""

    max_residual: float | None = Field(None, gt=0, description="Coregistration residual, um.")
    min_score: float | None = Field(None, description="Coregistration score, um.")
    min_snr: float = Field(0.0, ge=0, description="Signal over noise.")
    fields: list[int] | None = Field(None, description="Imaging fields; all by default.")


class WindowsSection(Section):
    """Which seconds are used."""

    resting: bool = Field(True, description="Only outside the stimuli.")
    margin: float = Field(5.0, ge=0, description="Seconds around stimuli left out.")
    shortest: float = Field(60.0, gt=0, description="Shortest window, seconds.")
    regress: list[Literal["treadmill", "pupil"]] = Field([], description="Regressed out.")


class EstimatorSection(Section):
    """How timescales are estimated."""

    method: Literal["fit", "two_exponentials", "ar1", "hwhm", "efold", "integral", "rho2"] = Field(
        "fit", description="fit: one exponential with offset, from first_lag on."
    )
    max_lag: float = Field(10.0, gt=0, description="Seconds.")
    first_lag: int = Field(1, ge=0, description="Frames; 0 holds the noise.")
    decay: float = Field(1.2, gt=0, description="Decay of the indicator, seconds.")
    min_r2: float = Field(0.3, gt=0, lt=1, description="Fits below are left out.")


class DegreeSection(Section):
    """What degree means."""

    direction: Literal["in", "out", "total"] = Field("in", description="Side of the edges.")
    measure: Literal["partners", "synapses", "size"] = Field("partners", description="Unit.")
    proofread_axons: bool = Field(True, description="Count only inputs from proofread axons.")


class StatisticsSection(Section):
    """Tests and their controls."""

    covariates: list[str] = Field(
        ["noise", "edge_distance", "depth"], description="Columns taken out of both ranks."
    )
    powers: int = Field(1, ge=1, le=5, description="Powers of the covariate ranks taken out.")
    strata: list[str] = Field(["session", "scan_idx"], description="Permuted within these.")
    n_permutations: int = Field(2000, ge=1, description="Permutations.")
    n_bootstrap: int = Field(1000, ge=1, description="Resamples of nuclei.")
    n_bins: int = Field(6, ge=1, description="Bins of degree.")
    seed: int = Field(1, ge=0, description="Same seed, same result.")


class ModelSection(Section):
    """The model run on the measured wiring."""

    run: bool = Field(False, description="Simulate on the wiring and compare.")
    gain_ratio: float = Field(3.0, gt=0, description="Gain over the critical gain at symmetry 0.")
    symmetries: list[float] = Field([0.0, 1.0], min_length=1, description="Coupling symmetries.")
    rule: Literal["equal", "synapses", "sqrt_synapses", "size"] = Field(
        "equal", description="Scale of the couplings."
    )
    membrane: float = Field(0.3, gt=0, description="Seconds per membrane time constant.")
    seconds: float = Field(300.0, gt=0, description="Simulated recording.")


class PipelineConfig(Section):
    """A whole pipeline file."""

    files: FilesSection
    units: UnitsSection = UnitsSection()
    windows: WindowsSection = WindowsSection()
    estimator: EstimatorSection = EstimatorSection()
    degree: DegreeSection = DegreeSection()
    statistics: StatisticsSection = StatisticsSection()
    model: ModelSection = ModelSection()


def load_pipeline(path: str | Path) -> PipelineConfig:
    """Read and check a pipeline file; paths in it become absolute.

    Raises
    ------
    InputError
        Missing or broken file, unknown keys, a data file that does not exist.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise InputError("pipeline", str(path), "an existing TOML file") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError("pipeline", str(path), "valid TOML", str(error)) from None
    try:
        config = PipelineConfig.model_validate(data)
    except ValidationError as error:
        raise input_error_from(error, PipelineConfig) from None
    files = config.files
    files.nwb = [_resolve(path, "files.nwb", f) for f in files.nwb]
    for name in ("coregistration", "cells", "synapses", "scan_units", "proofreading"):
        value = getattr(files, name)
        if value is not None:
            setattr(files, name, _resolve(path, f"files.{name}", value))
    return config


def _resolve(toml: Path, field: str, name: str) -> str:
    found = Path(name) if Path(name).is_absolute() else toml.parent / name
    if not found.is_file():
        raise InputError(field, name, "an existing file", "Paths are relative to the TOML file.")
    return str(found)
