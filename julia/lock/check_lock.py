#!/usr/bin/env python3
"""Check the locked Julia environment: do its files agree, and is each tree the published one.

Julia installs a package by the SHA-1 of its git tree, so a lock is as good as those hashes. The
file `provenance.toml` says for each of them where it was compared; this program checks that the
files agree, and repeats the comparisons.

    python julia/lock/check_lock.py                       # files only, nothing is fetched
    python julia/lock/check_lock.py --registry PATH       # General: folder or General.tar.gz
    python julia/lock/check_lock.py --repositories DIR    # clones at DIR/owner/name[.git]
    python julia/lock/check_lock.py --fetch DIR           # the same, fetching tags with git
    python julia/lock/check_lock.py --sdists DIR          # source distributions from PyPI

It needs Python 3.11 and, for repositories, git. It exits with 1 if anything disagrees.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import trees

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = ("path", "repo-url", "repo-rev", "repo-subdir", "pinned")
KINDS = ("tag", "commit", "registry", "manifest", "sdist")


@dataclass(frozen=True)
class Entry:
    """One package of the Manifest; `tree` is empty for the standard library."""

    name: str
    uuid: str
    version: str
    tree: str
    deps: tuple[str, ...]
    raw: dict[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Lock:
    """Manifest, project, provenance and the pinned juliacall."""

    manifest: dict[str, Any]
    project: dict[str, Any]
    provenance: dict[str, Any]
    juliacall: str

    @property
    def entries(self) -> list[Entry]:
        """All entries, in the order of the Manifest."""
        found = []
        for name, items in self.manifest.get("deps", {}).items():
            for item in items:
                deps = item.get("deps", [])
                found.append(
                    Entry(
                        name=name,
                        uuid=item.get("uuid", ""),
                        version=item.get("version", ""),
                        tree=item.get("git-tree-sha1", ""),
                        deps=tuple(deps),
                        raw=item,
                    )
                )
        return found

    @property
    def own(self) -> dict[str, str]:
        """The fields of the entry of the project itself, which Pkg of Julia 1.10 wants to find."""
        project = self.project
        return {"path": "julia", "uuid": project.get("uuid"), "version": project.get("version")}

    @property
    def packages(self) -> list[Entry]:
        """The entries that are installed by their tree."""
        return [entry for entry in self.entries if entry.tree]


def read_lock(root: Path = ROOT) -> Lock:
    """Read the lock of a checkout."""

    def toml(path: Path) -> dict[str, Any]:
        return tomllib.loads(path.read_text(encoding="utf-8"))

    requirements = toml(root / "pyproject.toml")["project"]["dependencies"]
    pins = [re.fullmatch(r"juliacall==([\d.]+)", item) for item in requirements]
    return Lock(
        manifest=toml(root / "Manifest.toml"),
        project=toml(root / "julia" / "Project.toml"),
        provenance=toml(root / "julia" / "lock" / "provenance.toml"),
        juliacall=next((pin[1] for pin in pins if pin), ""),
    )


# ---- version bounds as Pkg reads them --------------------------------------------------------


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split("+")[0].split("-")[0].split(".")]


def _full(numbers: list[int]) -> tuple[int, int, int]:
    major, minor, patch = (numbers + [0, 0, 0])[:3]
    return major, minor, patch


def allows(spec: str, version: str) -> bool:
    """Whether a [compat] entry allows a version: caret (default), ~, =, <, >=, hyphen, commas."""
    return any(_allows_one(part.strip(), _full(_numbers(version))) for part in spec.split(","))


def _allows_one(part: str, version: tuple[int, int, int]) -> bool:
    hyphen = re.fullmatch(r"v?([\d.]+)\s+-\s+v?([\d.]+)", part)
    if hyphen:
        low, high = _numbers(hyphen[1]), _numbers(hyphen[2])
        return version >= _full(low) and list(version[: len(high)]) <= high
    match = re.fullmatch(r"(\^|~|=|>=|≥|<)?\s*v?(\d+(?:\.\d+){0,2})", part)
    if not match:
        raise ValueError(f"version bound {part!r} is not understood")
    numbers = _numbers(match[2])
    low = _full(numbers)
    match match[1]:
        case "=":
            return version == low
        case ">=" | "≥":
            return version >= low
        case "<":
            return version < low
        case "~":
            kept = numbers[:2]
        case _:
            first = next((i for i, part in enumerate(numbers) if part), len(numbers) - 1)
            kept = numbers[: first + 1]
    return version >= low and list(version[: len(kept)]) == kept


# ---- agreement of the files ------------------------------------------------------------------


def disagreements(lock: Lock) -> list[str]:
    """What is wrong between Manifest, Project, provenance and pyproject; empty if nothing."""
    return [
        *_manifest_alone(lock),
        *_against_project(lock),
        *_against_provenance(lock),
    ]


def _manifest_alone(lock: Lock) -> Iterable[str]:
    if lock.manifest.get("manifest_format") != "2.0":
        yield f"Manifest.toml has format {lock.manifest.get('manifest_format')!r}, not '2.0'"
    if not re.fullmatch(r"\d+\.\d+\.\d+", lock.manifest.get("julia_version", "")):
        yield f"julia_version {lock.manifest.get('julia_version')!r} is not a released Julia"
    names = {entry.name for entry in lock.entries}
    if len(names) < len(lock.entries):
        yield "a package is there twice"
    own = lock.project.get("name", "")
    if own not in names:
        yield f"the project itself, {own}, has no entry in the Manifest"
    for entry in lock.entries:
        fields = {key: entry.raw.get(key) for key in lock.own}
        if entry.name == own and fields != lock.own:
            yield f"the entry of the project itself says {fields}"
        for key in FORBIDDEN:
            if key in entry.raw and not (entry.name == own and key == "path"):
                yield f"{entry.name} is not from the registry: {key} = {entry.raw[key]!r}"
        if not entry.uuid:
            yield f"{entry.name} has no uuid"
        if entry.tree and not (entry.version and re.fullmatch(r"[0-9a-f]{40}", entry.tree)):
            yield f"{entry.name} has version {entry.version!r} and tree {entry.tree!r}"
        for dep in entry.deps:
            if dep not in names:
                yield f"{entry.name} needs {dep}, which is not in the Manifest"


def _against_project(lock: Lock) -> Iterable[str]:
    entries = {entry.name: entry for entry in lock.entries}
    compat = lock.project.get("compat", {})
    for name, uuid in lock.project.get("deps", {}).items():
        entry = entries.get(name)
        if entry is None:
            yield f"Project.toml needs {name}, which is not in the Manifest"
        elif entry.uuid != uuid:
            yield f"{name} has uuid {entry.uuid} in the Manifest and {uuid} in Project.toml"
        elif entry.tree and name not in compat:
            yield f"Project.toml bounds no versions of {name}"
        elif entry.tree and not allows(compat[name], entry.version):
            yield f"{name} {entry.version} is outside the bounds {compat[name]!r} of Project.toml"
    julia = lock.manifest.get("julia_version", "0.0.0")
    if not allows(compat.get("julia", "0"), julia):
        yield f"the lock was resolved by Julia {julia}, outside {compat.get('julia')!r}"
    own = entries.get(lock.project.get("name", ""))
    if own and set(own.deps) != set(lock.project.get("deps", {})):
        changed = sorted(set(own.deps) ^ set(lock.project.get("deps", {})))
        yield f"dependencies of the project changed since it was locked: {', '.join(changed)}"
    needed, queue = set(), list(lock.project.get("deps", {}))
    while queue:
        name = queue.pop()
        if name not in needed and name in entries:
            needed.add(name)
            queue += entries[name].deps
    for entry in lock.packages:
        if entry.name not in needed:
            yield f"nothing needs {entry.name}"
    python_call = entries.get("PythonCall")
    if python_call and python_call.version != lock.juliacall:
        yield f"PythonCall {python_call.version} is locked and juliacall {lock.juliacall} is pinned"


def _against_provenance(lock: Lock) -> Iterable[str]:
    recorded = lock.provenance.get("packages", {})
    for entry in lock.packages:
        origin = recorded.get(entry.name)
        if origin is None:
            yield f"provenance.toml does not say where {entry.name} was checked"
            continue
        for key, value in (("uuid", entry.uuid), ("version", entry.version), ("tree", entry.tree)):
            if origin.get(key) != value:
                yield f"{entry.name}: {key} is {value}, but {origin.get(key)} in provenance.toml"
        for kind in origin.get("checked", []):
            if kind not in KINDS:
                yield f"{entry.name}: {kind!r} is no kind of check"
            elif kind in ("tag", "commit") and not (origin.get("repository") and origin.get(kind)):
                yield f"{entry.name}: checked at a {kind} that is not named"
            elif kind == "manifest" and not set(origin.get("manifests", [])) & set(
                lock.provenance.get("manifests", {})
            ):
                yield f"{entry.name}: checked against a published Manifest that is not named"
    for name in recorded.keys() - {entry.name for entry in lock.packages}:
        yield f"provenance.toml speaks of {name}, which is not in the Manifest"


# ---- output ----------------------------------------------------------------------------------


def recorded_checks(lock: Lock, name: str) -> str:
    """What provenance.toml says of a package, in words."""
    origin = lock.provenance.get("packages", {}).get(name, {})
    words = {
        "tag": f"tag {origin.get('tag')} of {origin.get('repository')}",
        "commit": f"commit {origin.get('commit', '')[:12]} of {origin.get('repository')}",
        "registry": "General",
        "manifest": "published Manifest",
        "sdist": f"files of {origin.get('sdist')} on PyPI",
    }
    found = [words[kind] for kind in origin.get("checked", []) if kind in words]
    return ", ".join(found) or "not verified"


def main(arguments: list[str] | None = None) -> int:
    """Run the checks and print what was verified how."""
    parser = argparse.ArgumentParser(description="Check the locked Julia environment.")
    parser.add_argument("--root", type=Path, default=ROOT, help="checkout with the lock")
    parser.add_argument("--registry", type=Path, help="General: folder or General.tar.gz")
    parser.add_argument("--repositories", type=Path, help="folder with clones of the packages")
    parser.add_argument("--fetch", type=Path, metavar="DIR", help="fetch tags there with git first")
    parser.add_argument("--sdists", type=Path, help="folder with source distributions")
    parser.add_argument("--quiet", action="store_true", help="print only what disagrees")
    given = parser.parse_args(arguments)
    lock = read_lock(given.root)
    wrong = disagreements(lock)
    read_versions = trees.registry_reader(given.registry) if given.registry else None
    agreeing, unmade, unverified = 0, 0, 0
    for entry in lock.packages:
        origin = lock.provenance.get("packages", {}).get(entry.name, {})
        outcomes = []
        if read_versions:
            versions = read_versions(entry.name)
            outcomes.append(trees.check_registry(versions, entry.version, entry.tree))
        if given.fetch and "repository" in origin:
            outcomes.append(trees.check_repository(trees.fetch_clone(given.fetch, origin), origin))
        elif given.repositories and "repository" in origin:
            clone = trees.find_clone(given.repositories, origin["repository"])
            outcomes.append(trees.check_repository(clone, origin))
        if given.sdists and "sdist" in origin:
            outcomes.append(trees.check_archive(given.sdists, origin))
        wrong += [f"{entry.name}: {out.text}" for out in outcomes if out.agrees is False]
        agreeing += sum(out.agrees is True for out in outcomes)
        unmade += sum(out.agrees is None for out in outcomes)
        recorded = recorded_checks(lock, entry.name)
        unverified += recorded == "not verified"
        if not given.quiet:
            again = "; ".join(out.words() for out in outcomes)
            print(f"{entry.name:34s} {entry.version:14s} {entry.tree[:12]}  {again or recorded}")
    if not given.quiet:
        print(
            f"{len(lock.packages)} packages, Julia {lock.manifest.get('julia_version')}; "
            f"recorded as not verified: {unverified}; "
            f"compared again now: {agreeing} agree, {unmade} could not be compared"
        )
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
