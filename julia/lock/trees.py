"""Compare git trees with published ones: tags in clones, the General registry, source archives."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Versions = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """Result of one comparison: `agrees` is None where it could not be made."""

    agrees: bool | None
    text: str

    def words(self) -> str:
        """One cell of the table."""
        sign = {True: "=", False: "WRONG:", None: "not compared:"}[self.agrees]
        return f"{sign} {self.text}"


# ---- tags and commits ------------------------------------------------------------------------


def git(repository: Path, *arguments: str) -> str:
    """Output of a git command in a repository; empty if it fails."""
    command = ["git", "-c", "safe.directory=*", "-C", str(repository), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def find_clone(folder: Path, repository: str) -> Path | None:
    """The clone of owner/name below a folder: owner/name, owner/name.git, name or name.git."""
    name = repository.split("/")[1]
    for path in (repository, f"{repository}.git", name, f"{name}.git"):
        if (folder / path).is_dir():
            return folder / path
    return None


def fetch_clone(folder: Path, origin: dict[str, Any]) -> Path:
    """Fetch the one tag or commit of a package into a bare clone below a folder."""
    clone = folder / f"{origin['repository']}.git"
    if not clone.is_dir():
        clone.mkdir(parents=True)
        git(clone, "init", "--quiet", "--bare")
    wanted = f"refs/tags/{origin['tag']}" if "tag" in origin else origin["commit"]
    target = [f"{wanted}:{wanted}"] if "tag" in origin else [wanted]
    url = f"https://github.com/{origin['repository']}.git"
    git(clone, "fetch", "--quiet", "--depth=1", "--filter=blob:none", url, *target)
    return clone


def check_repository(clone: Path | None, origin: dict[str, Any]) -> Outcome:
    """Compare a tree with that of its tag or commit in a clone (or of the subfolder there)."""
    if clone is None:
        return Outcome(None, f"no clone of {origin['repository']}")
    where = f"refs/tags/{origin['tag']}" if "tag" in origin else origin["commit"]
    subdir = origin.get("subdir", "")
    wanted = f"{where}:{subdir}" if subdir else f"{where}^{{tree}}"
    found = git(clone, "rev-parse", "--verify", wanted)
    shown = origin.get("tag") or origin["commit"][:12]
    if not found:
        return Outcome(None, f"{origin['repository']} has no {shown}")
    place = f"{origin['repository']} {shown}" + (f" {subdir}" if subdir else "")
    if found != origin["tree"]:
        return Outcome(False, f"tree of {place} is {found}")
    return Outcome(True, f"tree of {place}")


# ---- the General registry --------------------------------------------------------------------


def registry_reader(path: Path) -> Callable[[str], Versions | None]:
    """Function from a package's name to its Versions.toml in a General folder or General.tar.gz."""
    if path.is_dir():

        def from_folder(name: str) -> Versions | None:
            files = [path / place for place in _registry_paths(name) if (path / place).is_file()]
            return tomllib.loads(files[0].read_text(encoding="utf-8")) if files else None

        return from_folder
    texts: dict[str, str] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith("/Versions.toml"):
                texts[member.name.removeprefix("./")] = _read(archive, member).decode()

    def from_archive(name: str) -> Versions | None:
        found = [texts[place] for place in _registry_paths(name) if place in texts]
        return tomllib.loads(found[0]) if found else None

    return from_archive


def _registry_paths(name: str) -> tuple[str, str]:
    place = f"{name[0].upper()}/{name}/Versions.toml"
    return f"jll/{place}", place


def check_registry(versions: Versions | None, version: str, tree: str) -> Outcome:
    """Compare a tree with the registered one of that version."""
    if versions is None:
        return Outcome(None, "not in this copy of the registry")
    if version not in versions:
        return Outcome(None, f"this copy of the registry does not know {version}")
    registered = versions[version]
    if registered.get("yanked"):
        return Outcome(False, f"version {version} was withdrawn from the registry")
    if registered["git-tree-sha1"] != tree:
        return Outcome(False, f"registered tree is {registered['git-tree-sha1']}")
    return Outcome(True, "registered tree")


# ---- source archives -------------------------------------------------------------------------


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()


def _hash(kind: str, content: bytes) -> bytes:
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).digest()


def archive_tree(path: Path) -> str:
    """Git tree of the files in a source distribution, without the PKG-INFO that PyPI adds."""
    root: dict[str, Any] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            parts = member.name.split("/")[1:]
            if not member.isfile() or parts == ["PKG-INFO"]:
                continue
            folder = root
            for part in parts[:-1]:
                folder = folder.setdefault(part, {})
            mode = "100755" if member.mode & 0o100 else "100644"
            folder[parts[-1]] = (mode, _hash("blob", _read(archive, member)))
    return _tree(root).hex()


def _tree(folder: dict[str, Any]) -> bytes:
    lines = []
    for name, item in folder.items():
        mode, digest = ("40000", _tree(item)) if isinstance(item, dict) else item
        order = name + "/" if mode == "40000" else name
        lines.append((order.encode(), f"{mode} {name}\0".encode() + digest))
    return _hash("tree", b"".join(line for _, line in sorted(lines)))


def check_archive(folder: Path, origin: dict[str, Any]) -> Outcome:
    """Compare a tree with the files of a source distribution that holds the whole repository."""
    path = folder / origin["sdist"]
    if not path.is_file():
        return Outcome(None, f"no {origin['sdist']} (pip download --no-deps --no-binary :all:)")
    found = archive_tree(path)
    if found != origin["tree"]:
        return Outcome(False, f"files of {origin['sdist']} have the tree {found}")
    return Outcome(True, f"files of {origin['sdist']}")
