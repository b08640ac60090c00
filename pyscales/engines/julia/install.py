"""Set up the Julia engine: find or fetch a Julia, instantiate the lock, precompile, try it out.

Nothing else in pyscales runs Pkg or touches the network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pyscales.engines.julia import environment
from pyscales.engines.julia.environment import Installed
from pyscales.errors import EngineError, InputError

Say = Callable[[str], None]

_PROBE = (
    "import Libdl; print(VERSION, '\\0', abspath(Libdl.dlpath(\"libjulia\")), '\\0', Sys.BINDIR)"
)


@dataclass(frozen=True)
class Julia:
    """A Julia on this machine."""

    executable: str
    version: str
    library: str
    bindir: str


def probe(executable: str) -> Julia:
    """Ask a Julia for its version and library (one short start).

    Raises
    ------
    InputError
        Not a Julia, or one that is too old.
    """
    path = shutil.which(executable)
    if path is None:
        raise InputError("--julia", executable, "the path of a Julia executable")
    command = [path, "--startup-file=no", "-O0", "--compile=min", "-e", _PROBE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        version, library, bindir = (part.strip() for part in done.stdout.split("\0"))
        numbers = tuple(int(p) for p in version.partition("-")[0].split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        raise InputError(
            "--julia", executable, "the path of a Julia executable", "It did not answer as Julia."
        ) from None
    if numbers < environment.OLDEST_JULIA:
        raise InputError("--julia", f"{path} ({version})", "Julia 1.10 or newer")
    return Julia(os.path.abspath(path), version, library, bindir)


def choose_julia(given: str | None, say: Say) -> Julia:
    """`given`, else PYSCALES_JULIA, else the PATH, else one that juliapkg downloads."""
    named = given or os.environ.get("PYSCALES_JULIA")
    if named:
        return probe(named)
    if shutil.which("julia"):
        try:
            return probe("julia")
        except InputError as error:
            say(f"julia on the PATH cannot be used: {error}")
    say("no Julia found: downloading one with juliapkg (about 200 MB, 1 GB unpacked)")
    try:
        from juliapkg.compat import Compat
        from juliapkg.find_julia import find_julia

        target = str(environment.cache_root() / "distribution")
        executable, _ = find_julia(Compat.parse("~1.10"), prefix=target, install=True)
    except Exception as error:
        raise EngineError(
            f"No Julia was found, and none could be downloaded: {error}. Install Julia 1.10 or "
            f"newer yourself, then run: {environment.INSTALL} --julia PATH"
        ) from error
    return probe(str(executable))


def install(
    julia: str | None = None, *, resolve: bool = False, offline: bool = False, say: Say
) -> Installed:
    """Instantiate the environment of this version and precompile it.

    Parameters
    ----------
    julia : str, optional
        Executable to use.
    resolve : bool
        Resolve versions anew within the bounds of Project.toml instead of taking the lock.
    offline : bool
        Use only what the depot holds.
    say : callable
        Takes lines of progress.

    Raises
    ------
    EngineError
        With the reason Pkg gives and the command to try.
    """
    from filelock import FileLock

    sources = environment.find_sources()
    if sources is None:
        raise EngineError("The Julia sources are missing: install pyscales again.")
    if environment.juliacall_version() != environment.JULIACALL:
        raise EngineError(environment.readiness())
    if sources.manifest is None and not resolve:
        raise EngineError(
            "This distribution has no lock (Manifest.toml). "
            f"Run: {environment.INSTALL} --resolve, which resolves versions within the bounds."
        )
    chosen = choose_julia(julia, say)
    say(f"Julia {chosen.version} at {chosen.executable}")
    folder = environment.environment_folder(sources)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(str(folder) + ".lock"):
        (folder / "ready.json").unlink(missing_ok=True)
        project = environment.copy_sources(sources, folder)
        if resolve:
            (project / "Manifest.toml").unlink(missing_ok=True)
        say(
            "instantiating and precompiling: about 1 GB of packages and 5 to 15 minutes the first "
            "time, seconds when the depot has them"
        )
        _pkg(chosen, project, "Pkg.resolve(); " if resolve else "", offline, say)
        record = Installed(
            chosen.executable,
            chosen.library,
            chosen.bindir,
            chosen.version,
            str(project),
            os.environ.get("JULIA_DEPOT_PATH", ""),
            resolve,
        )
        environment.write_installed(folder, record)
    return record


def precompile(say: Say) -> Installed:
    """Precompile the environment again, after a change of Julia flags or an interrupted install."""
    record = environment.installed()
    if record is None:
        raise EngineError(environment.readiness())
    found = Julia(record.julia, record.version, record.library, record.bindir)
    _pkg(found, Path(record.project), "", True, say)
    return record


def _pkg(julia: Julia, project: Path, before: str, offline: bool, say: Say) -> None:
    script = f"import Pkg; {before}Pkg.instantiate(); Pkg.precompile()"
    own = {
        "JULIA_PROJECT": "",
        "JULIA_LOAD_PATH": "@:@stdlib",
        "JULIA_PKG_PRECOMPILE_AUTO": "0",
    }
    # What is precompiled may start Python: this one, not one that CondaPkg would download.
    python = {"JULIA_PYTHONCALL_EXE": sys.executable, "JULIA_CONDAPKG_BACKEND": "Null"}
    own |= {name: os.environ.get(name) or value for name, value in python.items()}
    if offline:
        own["JULIA_PKG_OFFLINE"] = "true"
    command = [julia.executable, "--startup-file=no", f"--project={project}", "-e", script]
    tail: list[str] = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | own,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            line = line.rstrip()
            if line:
                say(f"  {line}")
                tail = [*tail[-39:], line]
    if process.returncode:
        if process.returncode < 0:
            raise EngineError(f"Julia's Pkg was stopped by signal {-process.returncode}.")
        reason = next((t.strip() for t in tail if "ERROR" in t or "rror:" in t), "")
        hint = (
            f"Try other versions within the bounds: {environment.INSTALL} --resolve"
            if not before
            else "Check the network, or fill the depot and add --offline."
        )
        raise EngineError(
            f"The environment could not be instantiated: {reason or 'see the lines above.'} {hint}"
        )


SMOKE = """
import json, time
start = time.perf_counter()
from pyscales.engines.julia.doctor import smoke
print("\\n" + json.dumps(smoke() | {"seconds": round(time.perf_counter() - start, 2)}))
"""


def smoke_in_fresh_process(threads: int = 1) -> dict[str, object]:
    """Start Julia in a new process and solve problems with known answers.

    Returns
    -------
    dict
        `passed`, `seconds`, and what was compared; on failure `error`.
    """
    import json

    environ = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    environ.setdefault("PYTHON_JULIACALL_THREADS", str(threads))
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [sys.executable, "-c", SMOKE],
            capture_output=True,
            text=True,
            env=environ,
            cwd=empty,
            timeout=1800,
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        text = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()
        return {"passed": False, "error": text[-1][:500]}
    return dict(json.loads(lines[-1]))
