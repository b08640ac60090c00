"""A point of a sweep: its resolved configuration, its content hash, its random streams."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from pyscales._version import __version__
from pyscales.errors import InputError

_NO_INFLUENCE = ("workers",)


@dataclass(frozen=True)
class Point:
    """One computation of a sweep.

    Attributes
    ----------
    key : str
        Hash of everything that determines the result; names its file.
    config : dict
        Resolved configuration; `run.seed` is the point's own.
    values : dict
        Resolved value of every swept key.
    repeat : int
    keep : tuple of str
        Arrays kept besides the numbers.
    versions : dict
        Versions of the packages that determine the bits.
    """

    key: str
    config: dict[str, Any]
    values: dict[str, Any]
    repeat: int
    keep: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)

    def label(self) -> str:
        """The point in words, for messages."""
        text = ", ".join(f"{k} = {_shown(v)}" for k, v in self.values.items())
        return text + (f", repeat {self.repeat}" if self.repeat else "")


def make_point(
    config: dict[str, Any],
    given: dict[str, Any],
    swept: tuple[str, ...],
    repeat: int,
    *,
    seeds: str,
    keep: tuple[str, ...],
    versions: dict[str, str],
) -> Point:
    """A point from its resolved configuration.

    Parameters
    ----------
    config : dict
        All keys resolved.
    given : dict
        Keys that differ from their defaults: what the seed is made of, so that a new key of a later
        version changes no stream.
    swept : tuple of str
        Dotted keys that vary in the plan.
    repeat : int
    seeds : {'independent', 'shared'}
    keep : tuple of str
    versions : dict
        Versions of the packages that determine the bits.
    """
    files = _file_hashes(config)
    seed = (
        stream_seed({"config": _without(given, files), "files": files, "repeat": repeat})
        if seeds == "independent"
        else stream_seed({"seed": config["run"]["seed"], "repeat": repeat})
    )
    resolved = config | {"run": config["run"] | {"seed": seed}}
    recipe = {
        "config": _without(resolved, files),
        "files": files,
        "repeat": repeat,
        "keep": keep,
        "versions": versions,
    }
    values = {k: lookup(config, k) for k in swept}
    return Point(_digest(recipe)[:20], resolved, values, repeat, keep, versions)


def stream_seed(content: dict[str, Any]) -> int:
    """63-bit seed from the hash of plain values, through `numpy.random.SeedSequence`."""
    words = np.random.SeedSequence(int(_digest(content), 16)).generate_state(1, np.uint64)
    return int(words[0] >> np.uint64(1))


def relevant_versions() -> dict[str, str]:
    """Versions that determine the bits of a result."""
    return {"pyscales": __version__} | {k: metadata.version(k) for k in ("numpy", "scipy")}


def lookup(config: dict[str, Any], key: str) -> Any:
    """Value of a dotted key."""
    value: Any = config
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            raise InputError(f"sweep.over.{key}", key, "a key of the configuration, section.key")
        value = value[part]
    return value


@lru_cache(maxsize=256)
def file_hash(path: str) -> str:
    """Hash of a file's content."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:20]
    except OSError as error:
        raise InputError("file", path, "a file that can be read", str(error)) from None


def _file_hashes(config: dict[str, Any]) -> dict[str, str]:
    """Content hash of every `file` key: the content counts, not where it lies."""
    return {
        name: file_hash(section["file"])
        for name, section in sorted(config.items())
        if isinstance(section, dict) and section.get("file")
    }


def _without(config: dict[str, Any], files: dict[str, str]) -> dict[str, Any]:
    return {
        name: {
            k: v
            for k, v in section.items()
            if k not in _NO_INFLUENCE and not (name in files and k == "file")
        }
        if isinstance(section, dict)
        else section
        for name, section in config.items()
    }


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
