"""One Julia per process: started on first use, behind a lock, with one handle to our module."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyscales.engines.julia import environment
from pyscales.errors import EngineError

_lock = threading.RLock()
_core: Any = None
_pid = 0
_thread = 0


def core(threads: int = 1) -> Any:
    """The Julia module PyscalesCore, starting Julia on the first call.

    Parameters
    ----------
    threads : int
        Threads of Julia if this call starts it; the number cannot change later. Variables of the
        user (PYTHON_JULIACALL_THREADS, JULIA_NUM_THREADS) win.

    Raises
    ------
    EngineError
        Julia is not ready, failed to start, runs another project, or this is a forked process or
        another thread than the one that started it.
    """
    global _core, _pid, _thread
    with _lock:
        if _core is not None:
            if _pid != os.getpid():
                raise EngineError(
                    "Julia cannot go on in a forked process. Use the 'spawn' start method or loky."
                )
            if _thread != threading.get_ident():
                raise EngineError(
                    "Julia can only be used from the thread that started it. It runs its own "
                    "threads (simulation.workers): call it from one."
                )
            return _core
        reason = environment.readiness()
        if reason:
            raise EngineError(f"The Julia engine is not ready: {reason}")
        _core = _start(threads)
        _pid, _thread = os.getpid(), threading.get_ident()
        return _core


def started() -> bool:
    """Whether Julia runs in this process through pyscales."""
    return _core is not None


def _start(threads: int) -> Any:
    record = environment.installed()
    _refuse_other_project(record)
    try:
        with _set(environment.variables(record, threads)), _signals_kept():
            import juliacall
        base = juliacall.Base
        uuid = base.UUID(environment.PACKAGE_UUID)
        return base.require(base.PkgId(uuid, environment.PACKAGE))
    except KeyboardInterrupt:
        raise
    except Exception as error:
        raise EngineError(
            f"Julia did not start: {first_line(error)} "
            f"Run: pyscales doctor, then: {environment.INSTALL}. "
            "Or use --engine scipy, which does every job without Julia."
        ) from error


def _refuse_other_project(record: environment.Installed | None) -> None:
    running = sys.modules.get("juliacall")
    config = getattr(running, "CONFIG", {})
    if not config.get("inited"):
        return
    project = str(config.get("project", ""))
    ours = os.environ.get("PYTHON_JULIACALL_PROJECT") or (record.project if record else "")
    if os.path.realpath(project) != os.path.realpath(ours):
        raise EngineError(
            f"Julia already runs in this process, with the project {project}. Use the Julia "
            "engine of pyscales before juliacall is imported, or set PYTHON_JULIACALL_PROJECT "
            f"to a project that has {environment.PACKAGE}."
        )


@contextmanager
def _set(values: dict[str, str]) -> Iterator[None]:
    """Environment variables for the start only; they are read once."""
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Keep Ctrl-C with Python: Julia blocks the signals it handles and replaces their handlers."""
    main = threading.current_thread() is threading.main_thread()
    handlers = {}
    if main:
        handlers = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
    has_mask = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, []) if has_mask else None
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:
                signal.signal(number, handler)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def first_line(error: BaseException) -> str:
    """The first line of an error, shortened."""
    text = str(error).strip().splitlines()
    line = text[0] if text else type(error).__name__
    return line if len(line) < 300 else line[:297] + "..."


@contextmanager
def julia_errors(job: str) -> Iterator[None]:
    """Errors of Julia as errors of pyscales; an interrupt as KeyboardInterrupt."""
    try:
        yield
    except (KeyboardInterrupt, EngineError):
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "juliacall":
            raise
        if "InterruptException" in str(error):
            raise KeyboardInterrupt from None
        raise EngineError(
            f"The Julia engine failed in {job}: {first_line(error)} "
            "Check it with: pyscales doctor. The same job runs with --engine scipy."
        ) from error
