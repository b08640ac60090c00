"""The lock of the Julia environment and the program that checks it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SPEC = importlib.util.spec_from_file_location("check_lock", ROOT / "julia/lock/check_lock.py")
check_lock = importlib.util.module_from_spec(_SPEC)
sys.modules["check_lock"] = check_lock
_SPEC.loader.exec_module(check_lock)

UUID = "00000000-0000-0000-0000-00000000000"


@pytest.mark.parametrize(
    ("spec", "version", "expected"),
    [
        ("1.2.3", "1.9.0", True),
        ("1.2.3", "1.2.2", False),
        ("1.2.3", "2.0.0", False),
        ("0.2", "0.2.9", True),
        ("0.2", "0.3.0", False),
        ("0.0.3", "0.0.4", False),
        ("0", "0.7.0", True),
        ("3, 4, 5", "4.1.0", True),
        ("=0.9.36", "0.9.37", False),
        ("=0.9.36", "0.9.36", True),
        ("~1.2", "1.3.0", False),
        (">= 1.2", "7.0.0", True),
        ("< 2", "1.99.0", True),
        ("0.42 - 2", "2.7.1", True),
        ("0.42 - 2", "3.0.0", False),
        ("2025.2.0", "2025.2.0+0", True),
    ],
)
def test_bounds_are_read_as_pkg_reads_them(spec, version, expected):
    assert check_lock.allows(spec, version) is expected


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small lock: Alpha (tag), Beta (subfolder at a tag), Gamma (published Manifest)."""
    clone = tmp_path / "clones" / "owner" / "Alpha.jl"
    (clone / "lib" / "Beta").mkdir(parents=True)
    git(clone, "init", "--quiet")
    (clone / "Project.toml").write_text('name = "Alpha"\n')
    (clone / "lib" / "Beta" / "Project.toml").write_text('name = "Beta"\n')
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "-m", "first")
    git(clone, "tag", "v1.2.0")
    git(clone, "tag", "Beta-v0.3.1")
    alpha = git(clone, "rev-parse", "HEAD^{tree}")
    beta = git(clone, "rev-parse", "HEAD:lib/Beta")
    (clone / "Project.toml").write_text('name = "Alpha"\nversion = "1.3.0"\n')
    git(clone, "commit", "--quiet", "-am", "second")
    root = tmp_path / "checkout"
    (root / "julia" / "lock").mkdir(parents=True)
    (root / "pyproject.toml").write_text(
        '[project]\ndependencies = ["numpy>=2.0", "juliacall==0.9.36"]\n'
    )
    (root / "julia" / "Project.toml").write_text(
        f'name = "Own"\nuuid = "{UUID}0"\nversion = "0.1.0"\n'
        f'[deps]\nAlpha = "{UUID}1"\nPythonCall = "{UUID}3"\n'
        '[compat]\nAlpha = "1"\nPythonCall = "=0.9.36"\njulia = "1.10"\n'
    )
    (root / "Manifest.toml").write_text(
        'julia_version = "1.10.8"\nmanifest_format = "2.0"\n'
        f'[[deps.Alpha]]\ndeps = ["Beta", "Dates"]\ngit-tree-sha1 = "{alpha}"\n'
        f'uuid = "{UUID}1"\nversion = "1.2.0"\n'
        f'[[deps.Beta]]\ngit-tree-sha1 = "{beta}"\nuuid = "{UUID}2"\nversion = "0.3.1"\n'
        f'[[deps.Dates]]\nuuid = "{UUID}4"\n'
        f'[[deps.Own]]\ndeps = ["Alpha", "PythonCall"]\npath = "julia"\nuuid = "{UUID}0"\n'
        'version = "0.1.0"\n'
        f'[[deps.PythonCall]]\ngit-tree-sha1 = "{"c" * 40}"\nuuid = "{UUID}3"\n'
        'version = "0.9.36"\n'
    )
    (root / "julia" / "lock" / "provenance.toml").write_text(
        '[manifests]\nnotebook = "a published notebook"\n'
        f'[packages.Alpha]\nuuid = "{UUID}1"\nversion = "1.2.0"\ntree = "{alpha}"\n'
        'repository = "owner/Alpha.jl"\ntag = "v1.2.0"\nchecked = ["tag"]\n'
        f'[packages.Beta]\nuuid = "{UUID}2"\nversion = "0.3.1"\ntree = "{beta}"\n'
        'repository = "owner/Alpha.jl"\nsubdir = "lib/Beta"\ntag = "Beta-v0.3.1"\n'
        'checked = ["tag"]\n'
        f'[packages.PythonCall]\nuuid = "{UUID}3"\nversion = "0.9.36"\ntree = "{"c" * 40}"\n'
        'checked = ["manifest"]\nmanifests = ["notebook"]\n'
    )
    return root


def test_an_agreeing_lock_passes(checkout, capsys):
    assert check_lock.main(["--root", str(checkout)]) == 0
    printed = capsys.readouterr().out
    assert "tag v1.2.0 of owner/Alpha.jl" in printed
    assert "3 packages, Julia 1.10.8; recorded as not verified: 0" in printed


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("Manifest.toml", 'uuid = "' + UUID + '2"', 'path = "x"\nuuid = "' + UUID + '2"', "path"),
        ("Manifest.toml", 'version = "1.2.0"', 'version = "2.0.0"', "outside the bounds"),
        ("Manifest.toml", '["Beta", "Dates"]', '["Beta", "Delta"]', "needs Delta"),
        ("Manifest.toml", '["Beta", "Dates"]', '["Dates"]', "nothing needs Beta"),
        ("Manifest.toml", 'path = "julia"', 'path = "elsewhere"', "entry of the project itself"),
        ("Manifest.toml", '["Alpha", "PythonCall"]', '["Alpha"]', "changed since it was locked"),
        ("Manifest.toml", "[[deps.Own]]", "[[deps.Other]]", "has no entry"),
        ("Manifest.toml", "c" * 40, "d" * 40, "tree is"),
        ("Manifest.toml", '"1.10.8"', '"1.10.8-DEV"', "not a released Julia"),
        ("Manifest.toml", '"1.10.8"', '"1.9.4"', "resolved by Julia 1.9.4"),
        ("julia/Project.toml", "[compat]", f'Delta = "{UUID}5"\n[compat]', "needs Delta"),
        ("julia/Project.toml", 'Alpha = "1"\n', "", "bounds no versions of Alpha"),
        ("julia/Project.toml", f'Alpha = "{UUID}1"', f'Alpha = "{UUID}9"', "has uuid"),
        ("pyproject.toml", "juliacall==0.9.36", "juliacall==0.9.37", "juliacall 0.9.37"),
        ("julia/lock/provenance.toml", "[packages.Beta]", "[packages.Delta]", "does not say"),
        ("julia/lock/provenance.toml", '["notebook"]', '["other"]', "not named"),
        ("julia/lock/provenance.toml", 'checked = ["tag"]', 'checked = ["rumour"]', "no kind"),
    ],
)
def test_each_disagreement_is_found(checkout, capsys, file, old, new, complaint):
    path = checkout / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert check_lock.main(["--root", str(checkout), "--quiet"]) == 1
    assert complaint in capsys.readouterr().out


def test_trees_are_compared_with_tags(checkout, tmp_path, capsys):
    arguments = ["--root", str(checkout), "--repositories", str(tmp_path / "clones")]
    assert check_lock.main(arguments) == 0
    assert "2 agree, 0 could not be compared" in capsys.readouterr().out
    clone = tmp_path / "clones" / "owner" / "Alpha.jl"
    git(clone, "tag", "--force", "v1.2.0", "HEAD")
    assert check_lock.main(arguments) == 1
    assert "WRONG: Alpha: tree of owner/Alpha.jl v1.2.0 is" in capsys.readouterr().out
    git(clone, "tag", "--delete", "v1.2.0")
    assert check_lock.main(arguments) == 0
    assert "1 agree, 1 could not be compared" in capsys.readouterr().out


def test_trees_are_compared_with_the_registry(checkout, tmp_path, capsys):
    alpha = check_lock.read_lock(checkout).packages[0]
    folder = tmp_path / "General"
    (folder / "A" / "Alpha").mkdir(parents=True)
    versions = folder / "A" / "Alpha" / "Versions.toml"
    versions.write_text(f'["1.2.0"]\ngit-tree-sha1 = "{alpha.tree}"\n')
    archive = tmp_path / "General.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname=".")
    for source in (folder, archive):
        arguments = ["--root", str(checkout), "--registry", str(source)]
        assert check_lock.main(arguments) == 0
        assert "1 agree, 2 could not be compared" in capsys.readouterr().out
    for text, complaint in (
        (f'["1.2.0"]\ngit-tree-sha1 = "{"e" * 40}"\n', "registered tree is eee"),
        (f'["1.2.0"]\ngit-tree-sha1 = "{alpha.tree}"\nyanked = true\n', "withdrawn"),
    ):
        versions.write_text(text)
        assert check_lock.main(["--root", str(checkout), "--registry", str(folder)]) == 1
        assert complaint in capsys.readouterr().out


def test_trees_are_compared_with_source_archives(checkout, tmp_path, capsys):
    clone = tmp_path / "clones" / "owner" / "Alpha.jl"
    (clone / "run.sh").write_text("#!/bin/sh\n")
    (clone / "run.sh").chmod(0o755)
    (clone / "lib.md").write_text("sorts before the folder lib/\n")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "-m", "third")
    archive = tmp_path / "alpha-1.2.0.tar.gz"
    (clone / "PKG-INFO").write_text("added on the way to PyPI\n")
    names = [*git(clone, "ls-files").split(), "PKG-INFO"]
    with tarfile.open(archive, "w:gz") as tar:
        for name in names:
            tar.add(clone / name, arcname=f"alpha-1.2.0/{name}")
    tree = git(clone, "rev-parse", "HEAD^{tree}")
    provenance = checkout / "julia" / "lock" / "provenance.toml"
    provenance.write_text(
        provenance.read_text().replace(
            'checked = ["manifest"]', f'checked = ["manifest", "sdist"]\nsdist = "{archive.name}"'
        )
    )
    arguments = ["--root", str(checkout), "--sdists", str(tmp_path)]
    assert check_lock.main(arguments) == 1
    assert f"files of alpha-1.2.0.tar.gz have the tree {tree}" in capsys.readouterr().out
    for file in (provenance, checkout / "Manifest.toml"):
        file.write_text(file.read_text().replace("c" * 40, tree))
    assert check_lock.main(arguments) == 0
    assert "1 agree, 0 could not be compared" in capsys.readouterr().out


def test_the_lock_of_this_repository_agrees():
    lock = check_lock.read_lock()
    assert check_lock.disagreements(lock) == []
    assert len(lock.packages) > 50
