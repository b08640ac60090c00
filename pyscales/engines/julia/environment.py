"""Where the Julia engine lives: sources, locked environment in the user's cache, and its record.

Everything here reads files only. The environment of a version of pyscales lies in the user's cache
under the hash of its sources and its lock, so that versions never share or overwrite one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

JULIACALL = "0.9.36"
PACKAGE = "PyscalesCore"
PACKAGE_UUID = "5c0f7a8e-3d2b-4b7e-9a46-2f1d8c6b0e37"
OLDEST_JULIA = (1, 10)

INSTALL = "pyscales julia install"


@dataclass(frozen=True)
class Sources:
    """The Julia package as shipped, and its lock if the distribution has one."""

    package: Path
    manifest: Path | None


@dataclass(frozen=True)
class Installed:
    """What `pyscales julia install` left behind.

    Attributes
    ----------
    julia, library, bindir : str
        Executable, libjulia, and directory of the executable.
    version : str
    project : str
        Folder of the environment that is activated.
    depot : str
        JULIA_DEPOT_PATH at installation; empty for Julia's default.
    resolved : bool
        Whether versions were resolved anew instead of taken from the lock.
    """

    julia: str
    library: str
    bindir: str
    version: str
    project: str
    depot: str
    resolved: bool


def find_sources() -> Sources | None:
    """The Julia package beside an installed wheel, or in a checkout."""
    here = Path(__file__).resolve().parents[2]
    for root in (here / "_julia", here.parent):
        package = root / "julia"
        if (package / "Project.toml").is_file() and (package / "src").is_dir():
            manifest = root / "Manifest.toml"
            return Sources(package, manifest if manifest.is_file() else None)
    return None


def cache_root() -> Path:
    """Folder of all Julia environments; PYSCALES_CACHE moves it."""
    given = os.environ.get("PYSCALES_CACHE")
    if given:
        return Path(given) / "julia"
    from platformdirs import user_cache_path

    return user_cache_path("pyscales") / "julia"


def environment_folder(sources: Sources) -> Path:
    """Cache folder of these sources and this lock."""
    digest = hashlib.sha256()
    for path in _files(sources):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return cache_root() / digest.hexdigest()[:16]


def _files(sources: Sources) -> list[Path]:
    found = [sources.package / "Project.toml", *sorted((sources.package / "src").rglob("*.jl"))]
    return found + ([sources.manifest] if sources.manifest else [])


def copy_sources(sources: Sources, folder: Path) -> Path:
    """Copy package and lock into the cache, the lock beside Project.toml; returns the project.

    In the repository the lock lies a level above and has an entry for the package itself, as Julia
    wants it there; beside the project it must not.
    """
    project = folder / "julia"
    if project.exists():
        shutil.rmtree(project)
    (project / "src").mkdir(parents=True)
    text = (sources.package / "Project.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("manifest =")]
    (project / "Project.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for path in sorted((sources.package / "src").rglob("*.jl")):
        target = project / "src" / path.relative_to(sources.package / "src")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    if sources.manifest:
        lock = sources.manifest.read_text(encoding="utf-8")
        (project / "Manifest.toml").write_text(_without_own_entry(lock), encoding="utf-8")
    return project


def _without_own_entry(lock: str) -> str:
    parts = re.split(r"(?m)^(?=\[\[deps\.)", lock)
    return "".join(part for part in parts if not part.startswith(f"[[deps.{PACKAGE}]]"))


def read_installed(folder: Path) -> Installed | None:
    """The record in a cache folder, or None."""
    try:
        return Installed(**json.loads((folder / "ready.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_installed(folder: Path, installed: Installed) -> None:
    """Write the record, atomically: from now on the environment counts as ready."""
    part = folder / f"ready.json.{os.getpid()}"
    part.write_text(json.dumps(asdict(installed), indent=2), encoding="utf-8")
    os.replace(part, folder / "ready.json")


def installed() -> Installed | None:
    """The record of this version's environment, or None."""
    sources = find_sources()
    return None if sources is None else read_installed(environment_folder(sources))


def juliacall_version() -> str:
    """Version of the juliacall installed; empty without one."""
    if importlib.util.find_spec("juliacall") is None:
        return ""
    try:
        return metadata.version("juliacall")
    except metadata.PackageNotFoundError:
        return ""


def readiness() -> str:
    """Why the Julia engine cannot be used now, with the command that helps; empty if it can."""
    found = juliacall_version()
    if found != JULIACALL:
        have = f"juliacall {found} is installed" if found else "juliacall is not installed"
        return f"{have}, and {JULIACALL} is needed: pip install juliacall=={JULIACALL}"
    if os.environ.get("PYTHON_JULIACALL_PROJECT"):
        return ""
    if find_sources() is None:
        return "the Julia sources are missing from this installation: install pyscales again."
    record = installed()
    if record is None:
        return (
            f"Julia is not set up for this version of pyscales. Run: {INSTALL} "
            f"(with a Julia of your own: {INSTALL} --julia PATH)."
        )
    for path in (record.julia, record.library, record.project):
        if not os.path.exists(path):
            return f"{path} is gone. Run: {INSTALL}"
    wanted = os.environ.get("PYSCALES_JULIA")
    if wanted and not _same_executable(wanted, record.julia):
        return f"PYSCALES_JULIA is {wanted}, but {record.julia} is set up. Run: {INSTALL}"
    return ""


def _same_executable(one: str, other: str) -> bool:
    found = shutil.which(one)
    return found is not None and os.path.realpath(found) == os.path.realpath(other)


def variables(record: Installed | None, threads: int) -> dict[str, str]:
    """Environment variables to start Julia with, where the user has set none.

    With more than one thread Julia must handle signals itself, or its garbage collector crashes;
    the two are set together. Executable, library and project given together keep juliapkg, and
    with it the network, out of the start.
    """
    out = {
        "PYTHON_JULIACALL_STARTUP_FILE": "no",
        "PYTHON_JULIACALL_AUTOLOAD_IPYTHON_EXTENSION": "no",
    }
    if "JULIA_NUM_THREADS" not in os.environ and "PYTHON_JULIACALL_THREADS" not in os.environ:
        out["PYTHON_JULIACALL_THREADS"] = str(threads)
    if _threads_that_will_run(threads) != "1":
        out["PYTHON_JULIACALL_HANDLE_SIGNALS"] = "yes"
    if record is not None:
        out["PYTHON_JULIACALL_PROJECT"] = record.project
        if "PYTHON_JULIACALL_EXE" not in os.environ:
            out["PYTHON_JULIACALL_EXE"] = record.julia
            out["PYTHON_JULIACALL_LIB"] = record.library
            out["PYTHON_JULIACALL_BINDIR"] = record.bindir
        if record.depot:
            out["JULIA_DEPOT_PATH"] = record.depot
    return {k: v for k, v in out.items() if k not in os.environ}


def _threads_that_will_run(threads: int) -> str:
    for name in ("PYTHON_JULIACALL_THREADS", "JULIA_NUM_THREADS"):
        if name in os.environ:
            return os.environ[name]
    return str(threads)
