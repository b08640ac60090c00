"""Every command and example of README and documents runs; the documents build without warnings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from documents import DOCUMENTS, ROOT, blocks, smaller
from slurm_cluster import has_slurm

KNOWN = {"sh", "bash", "python", "toml", "text", "json", ""}


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


WITH_COMMANDS = [
    d for d in DOCUMENTS if any(b.language in ("sh", "bash", "python") for b in blocks(d))
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with what the documents take for granted: programs, wiring, the documents."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, command in (("pyscales", "-m pyscales"), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {command} "$@"\n')
        (programs / name).chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    rng = np.random.default_rng(1)
    edges = rng.integers(0, 120, (1500, 2))
    np.savetxt(work / "edges.csv", edges, fmt="%d", delimiter=",")
    (work / "docs").symlink_to(ROOT / "docs")
    environment = os.environ | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "SLURM_ARRAY_TASK_ID": "1",
    }
    return work, environment


def run(text, place, expected=0):
    work, environment = place
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == expected, f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done


@pytest.mark.slow
@pytest.mark.parametrize("document", WITH_COMMANDS, ids=name_of)
def test_commands_and_examples_run(document, place):
    found = blocks(document)
    for block in found:
        if block.language not in ("sh", "bash"):
            continue
        if "-m pytest" in block.text:
            ci = (ROOT / ".ci" / "run").read_text()
            assert "README.md" in ci
            assert "test command" in ci
            continue
        text = smaller(block.text)
        if "--executor dask" in text:
            with_dask(text, place)
        elif "--executor slurm" in text and not has_slurm():
            assert "slurm" in run(text, place, expected=4).stderr.lower()
        else:
            run(text, place)
    python = "\n".join(smaller(b.text) for b in found if b.language == "python")
    if python:
        (place[0] / "examples.py").write_text(python)
        run("python -W error::RuntimeWarning examples.py", place)


def with_dask(text, place):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        run(re.sub(r"tcp://[\w.]+:\d+", cluster.scheduler_address, text), place)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_blocks_are_of_known_kinds_and_parse(document):
    for block in blocks(document):
        assert block.language in KNOWN, f"{document.name}:{block.line}"
        if block.language == "toml":
            tomllib.loads(block.text)
        if block.language == "python":
            compile(block.text, document.name, "exec")


def test_plans_of_the_documents_are_plans():
    from pyscales.sweep import make_plan

    data = {"run": {"jobs": ["simulate"]}, "model": {"n": 200}}
    sweep = {}
    for block in blocks(ROOT / "docs" / "cluster.md"):
        if block.language == "toml":
            sweep |= tomllib.loads(block.text)["sweep"]
    plan = make_plan(data | {"sweep": sweep})
    assert plan.shape == (4, 2)
    assert plan.refine.levels == 2


def test_every_script_of_the_gallery_has_its_figure():
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    scripts = {p.stem for p in (ROOT / "docs" / "gallery").glob("*.py")} - {"gallery"}
    assert scripts
    for name in scripts:
        assert f"python docs/gallery/{name}.py" in page
        assert f"(images/{name}.png)" in page
        assert (ROOT / "docs" / "images" / f"{name}.png").stat().st_size > 10_000


def test_every_function_of_the_theory_page_exists():
    """The paper map names functions that are there."""
    from importlib import import_module
    from importlib.util import find_spec

    page = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
    names = set(re.findall(r"`([a-z_]+(?:\.[A-Za-z_*]+)+)`", page))
    assert len(names) > 10
    for name in names:
        *module, attribute = name.split(".")
        found = import_module("pyscales." + ".".join(module))
        if not hasattr(found, "__path__") or find_spec(f"pyscales.{name}") is None:
            assert [a for a in dir(found) if re.fullmatch(attribute.replace("*", ".*"), a)], name


def test_site_builds_without_warnings(tmp_path):
    for package in ("mkdocs", "material", "mkdocstrings"):
        pytest.importorskip(package, reason="the documents need the extra docs")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    api = (tmp_path / "site" / "api" / "index.html").read_text(encoding="utf-8")
    for name in ("critical_gain", "simulate", "run_sweep", "InputError"):
        assert f"{name}" in api
