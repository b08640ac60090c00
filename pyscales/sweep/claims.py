"""Claims: of all workers on all machines, one computes a point.

Two kinds. 'lock' holds a lock of the operating system on a file: it ends with the process, however
that ends. 'lease' is for file systems without such locks: a file made with O_EXCL whose time stamp
its owner renews; it is stale when the owner's process is gone (same machine) or has not renewed it
for `LEASE` seconds (other machines). A stale lease is not removed but outbid by the next
generation, again with O_EXCL, so that one of several bidders wins.

Whoever holds a claim looks at the point's file again before computing: the last owner may have
finished it.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Protocol

from pyscales.errors import InputError

LEASE = 300.0
KINDS = ("lock", "lease")


class Claim(Protocol):
    """A point held by this worker."""

    def release(self) -> None:
        """Give the point back; its file, if any, stays."""


def claim_kind(folder: Path, wanted: str = "auto") -> str:
    """The kind of claim of a folder: asked for, or found out; recorded so that all use the same."""
    if wanted not in ("auto", *KINDS):
        raise InputError("--claims", wanted, "auto, lock or lease")
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "KIND"
    kind = wanted if wanted != "auto" else _supported(folder)
    try:
        descriptor = os.open(record, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        found = _wait_for_text(record)
        if wanted not in ("auto", found):
            raise InputError(
                "--claims", wanted, f"{found}, as this sweep began", "Leave the option out."
            ) from None
        return found
    with os.fdopen(descriptor, "w") as file:
        file.write(kind)
    return kind


def take(folder: Path, key: str, kind: str, lease: float = LEASE) -> Claim | None:
    """Claim a point; None while another worker holds it."""
    return _take_lock(folder, key) if kind == "lock" else _take_lease(folder, key, lease)


def is_claimed(folder: Path, key: str, kind: str, lease: float = LEASE) -> bool:
    """Does a living worker hold this point?"""
    if kind == "lease":
        found = _newest(folder, key)
        return found is not None and not _is_stale(found, lease)
    if not (folder / f"{key}.lock").exists():
        return False
    claim = _take_lock(folder, key)
    if claim is None:
        return True
    claim.release()
    return False


class _Lock:
    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def release(self) -> None:
        os.close(self.descriptor)


def _take_lock(folder: Path, key: str) -> _Lock | None:
    import fcntl

    descriptor = os.open(folder / f"{key}.lock", os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return _Lock(descriptor)


def _supported(folder: Path) -> str:
    """'lock' if the operating system and this file system have locks."""
    try:
        import fcntl
    except ImportError:
        return "lease"
    path = folder / f".probe-{socket.gethostname()}-{os.getpid()}"
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return "lease"
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)
    return "lock"


class _Lease:
    def __init__(self, folder: Path, key: str, path: Path, period: float) -> None:
        self.folder, self.key, self.path = folder, key, path
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._renew, args=(period,), daemon=True)
        self.thread.start()

    def _renew(self, period: float) -> None:
        while not self.stopped.wait(period):
            try:
                os.utime(self.path)
            except OSError:
                return

    def release(self) -> None:
        self.stopped.set()
        self.thread.join()
        for path in sorted(_generations(self.folder, self.key), key=_generation, reverse=True):
            path.unlink(missing_ok=True)


def _take_lease(folder: Path, key: str, lease: float) -> _Lease | None:
    newest = _newest(folder, key)
    if newest is not None and not _is_stale(newest, lease):
        return None
    generation = 0 if newest is None else _generation(newest) + 1
    path = folder / f"{key}.{generation:06d}.lease"
    part = folder / f".{key}.{socket.gethostname()}.{os.getpid()}.{threading.get_ident()}"
    part.write_text(
        json.dumps(
            {"host": socket.gethostname(), "pid": os.getpid(), "start": _started(os.getpid())}
        )
    )
    try:
        os.link(part, path)
    except FileExistsError:
        return None
    finally:
        part.unlink()
    return _Lease(folder, key, path, lease / 5)


def _generations(folder: Path, key: str) -> list[Path]:
    return list(folder.glob(f"{key}.*.lease"))


def _generation(path: Path) -> int:
    return int(path.name.split(".")[-2])


def _newest(folder: Path, key: str) -> Path | None:
    return max(_generations(folder, key), key=_generation, default=None)


def _is_stale(path: Path, lease: float) -> bool:
    try:
        age = time.time() - path.stat().st_mtime
        owner = json.loads(path.read_text())
    except FileNotFoundError:
        return False
    except ValueError:
        return age > lease
    if owner.get("host") == socket.gethostname():
        start = _started(owner["pid"])
        return start is None or start != owner.get("start")
    return age > lease


def _started(pid: int) -> str | None:
    """When a process started (its identity beyond the number); None if there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        fields = text.rsplit(")", 1)[1].split()
        return None if fields[0] in ("Z", "X") else fields[19]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return "alive"


def _wait_for_text(path: Path) -> str:
    """Text of a file that another worker may be writing at this moment."""
    for _ in range(100):
        text = path.read_text()
        if text in KINDS:
            return text
        time.sleep(0.05)
    raise InputError("claims", str(path), "lock or lease", "Remove this file and run again.")
