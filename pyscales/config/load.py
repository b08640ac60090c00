"""Read a TOML file, apply overrides, validate, and build the model."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pyscales.config.messages import input_error_from
from pyscales.config.schema import Config, DegreesSection, TimeConstantsSection
from pyscales.errors import InputError

if TYPE_CHECKING:
    from pyscales.degrees import DegreeFile, DegreeLaw
    from pyscales.model import Model
    from pyscales.simulation import Simulation
    from pyscales.time_constants import TimeConstants

DEFAULT_MEAN_DEGREE = 100.0
DEFAULT_SIGMA = 0.5


def load_config(path: str | Path, overrides: list[str] | None = None) -> Config:
    """Read and validate a configuration file.

    Parameters
    ----------
    path : path
        TOML file; a degree file named in it is taken relative to it.
    overrides : list of str
        ``section.key=value`` with value in TOML syntax (or bare text).

    Raises
    ------
    InputError
        Missing file, broken TOML, unknown key, wrong type or range.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise InputError(
            "config", str(path), "an existing TOML file", "Make one with: pyscales config init"
        ) from None
    except UnicodeDecodeError:
        raise InputError("config", str(path), "a UTF-8 text file") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("config", str(path), "valid TOML", str(error)) from None
    config = build_config(data, overrides)
    for section in (config.degrees, config.time_constants):
        if section.file and not Path(section.file).is_absolute():
            beside = path.parent / section.file
            if beside.exists():
                section.file = str(beside)
    return config


def build_config(data: dict[str, Any], overrides: list[str] | None = None) -> Config:
    """Validate plain nested values with ``section.key=value`` overrides applied."""
    for text in overrides or []:
        apply_override(data, text)
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise input_error_from(error, Config) from None


def apply_override(data: dict[str, Any], text: str) -> None:
    """Set ``section.key=value`` in nested plain values; value in TOML syntax or bare text."""
    name, separator, raw = text.partition("=")
    keys = [k.strip() for k in name.split(".")]
    if not separator or not all(keys):
        raise InputError("--set", text, "section.key=value", "Example: --set model.gain=2.0")
    try:
        value = tomllib.loads(f"value = {raw.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    target = data
    for key in keys[:-1]:
        target = target.setdefault(key, {})
        if not isinstance(target, dict):
            raise InputError("--set", text, "section.key=value", f"{key} is not a section.")
    target[keys[-1]] = value


def make_degrees(section: DegreesSection) -> tuple[DegreeLaw, DegreeFile | None]:
    """The degree law of a section, and the report of the file it was read from."""
    from pyscales.degrees import Gamma, Homogeneous, Lognormal, PowerLaw, read_degrees

    _check_keys_fit_law(section)
    mean = DEFAULT_MEAN_DEGREE if section.mean_degree is None else section.mean_degree
    if section.law == "empirical":
        if not section.file:
            raise InputError(
                "degrees.file", section.file, "a file of degrees or an edge list", "Name it."
            )
        found = read_degrees(section.file, kind=section.kind, direction=section.direction)
        return found.law, found
    if section.law == "homogeneous":
        return Homogeneous(mean), None
    if section.law == "gamma":
        return Gamma(mean, _needed(section, "shape")), None
    if section.law == "power-law":
        return PowerLaw(mean, _needed(section, "exponent"), _needed(section, "k_max")), None
    sigma = DEFAULT_SIGMA if section.sigma is None else section.sigma
    return Lognormal(mean, sigma, section.k_max), None


_KEYS_OF_LAW = {
    "lognormal": {"mean_degree", "sigma", "k_max"},
    "homogeneous": {"mean_degree"},
    "gamma": {"mean_degree", "shape"},
    "power-law": {"mean_degree", "exponent", "k_max"},
    "empirical": {"file"},
}


def _check_keys_fit_law(section: DegreesSection) -> None:
    allowed = _KEYS_OF_LAW[section.law]
    for key in ("mean_degree", "sigma", "k_max", "shape", "exponent", "file"):
        value = getattr(section, key)
        if value is not None and key not in allowed:
            raise InputError(
                f"degrees.{key}",
                value,
                f"absent for the {section.law} law, which takes: " + ", ".join(sorted(allowed)),
                "Remove it or choose another law.",
            )


def _needed(section: DegreesSection, key: str) -> float:
    value = getattr(section, key)
    if value is None:
        raise InputError(f"degrees.{key}", None, f"a number for the {section.law} law", "Give it.")
    return float(value)


def make_time_constants(section: TimeConstantsSection) -> TimeConstants:
    """The time constants of a section."""
    from pyscales.time_constants import TimeConstants, read_time_constants

    if section.law == "file":
        if not section.file:
            raise InputError("time_constants.file", section.file, "a file name", "Name it.")
        return read_time_constants(section.file)
    if section.file:
        raise InputError(
            "time_constants.file", section.file, f"absent for the {section.law} law", "Remove it."
        )
    return TimeConstants(section.law, 0.0 if section.spread is None else section.spread)


def make_model(config: Config) -> tuple[Model, DegreeFile | None]:
    """The model of a configuration, and the report of the degree file if there is one."""
    from pyscales.model import Model

    law, found = make_degrees(config.degrees)
    return (
        Model(
            law,
            config.model.gain,
            config.model.symmetry,
            n=config.model.n,
            kind=config.network.kind,
            directed=config.network.directed,
            cap=config.network.cap,
            degree_sampling=config.network.degree_sampling,
            theory_degrees=config.model.theory_degrees,
            time_constants=make_time_constants(config.time_constants),
        ),
        found,
    )


def make_simulation(config: Config) -> Simulation:
    """The simulation settings of a configuration."""
    from pyscales.simulation import Simulation

    return Simulation(**config.simulation.model_dump())
