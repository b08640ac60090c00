"""The bridge where no Julia is set up: messages, files, environment; nothing starts, no network."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
import textwrap
from importlib import metadata

import numpy as np
import pytest
from scipy.sparse import csr_array

from pyscales.engines import choose_engine, get_engine
from pyscales.engines.julia import arrays, doctor, environment, install, session
from pyscales.engines.julia.engine import JuliaEngine
from pyscales.errors import EngineError, InputError

NO_NETWORK = """
import importlib.abc, socket, sys

def refuse(*arguments, **options):
    raise AssertionError("the network was tried")

socket.socket.connect = socket.socket.connect_ex = refuse
socket.create_connection = socket.getaddrinfo = refuse

class NoJuliapkg(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "juliapkg":
            raise AssertionError("juliapkg was imported")
        return None

sys.meta_path.insert(0, NoJuliapkg())
"""


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An empty cache, and no settings of the user."""
    for name in list(os.environ):
        if name.startswith(("PYTHON_JULIACALL", "JULIA_", "PYSCALES_JULIA")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYSCALES_CACHE", str(tmp_path / "cache"))
    return tmp_path


def record(folder, **changes):
    """A complete record whose files exist."""
    folder.mkdir(parents=True, exist_ok=True)
    values = {"version": "1.10.8", "depot": "", "resolved": False}
    for name in ("julia", "library", "bindir", "project"):
        (folder / name).mkdir(exist_ok=True)
        values[name] = str(folder / name)
    found = environment.Installed(**(values | changes))
    environment.write_installed(folder, found)
    return found


def test_the_pins_agree():
    wanted = [r for r in metadata.requires("pyscales") or [] if r.startswith("juliacall")]
    if wanted:  # an editable install may carry older metadata
        assert wanted == [f"juliacall=={environment.JULIACALL}"]
    sources = environment.find_sources()
    project = (sources.package / "Project.toml").read_text()
    assert f'uuid = "{environment.PACKAGE_UUID}"' in project
    assert f'name = "{environment.PACKAGE}"' in project
    assert f'PythonCall = "={environment.JULIACALL}"' in project


def test_not_set_up_names_the_command(bare):
    assert "pyscales julia install" in environment.readiness()
    with pytest.raises(EngineError, match="pyscales julia install") as caught:
        get_engine("julia")
    assert caught.value.exit_code == 4
    if not session.started():
        with pytest.raises(EngineError, match="pyscales julia install"):
            session.core()
    assert choose_engine("auto", seconds=1e6).engine.name == "scipy"
    assert "pyscales julia install" in choose_engine("auto", seconds=1e6).reason


def test_commands_without_julia_exit_4_and_leave_the_network_alone(bare):
    script = NO_NETWORK + textwrap.dedent("""
        import os
        from pyscales.cli import main
        codes = []
        for line in (
            "simulate --n 50 --mean-degree 10 --duration 200 --engine julia -q",
            "dmft --engine julia",
            "julia status",
            "julia doctor",
            "julia precompile",
            "doctor",
        ):
            sys.argv = ["pyscales", *line.split()]
            try:
                main()
                codes.append(0)
            except SystemExit as stop:
                codes.append(int(stop.code or 0))
        print("codes", codes)
        assert "juliacall" not in sys.modules
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "codes [4, 4, 4, 4, 4, 0]" in done.stdout, done.stdout + done.stderr
    assert done.stderr.count("pyscales julia install") >= 3
    assert "Traceback" not in done.stderr


def test_importing_the_engine_starts_nothing():
    script = "import sys, pyscales.engines.julia.engine; print('juliacall' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_a_record_makes_it_ready_and_what_disappears_unmakes_it(bare):
    folder = environment.environment_folder(environment.find_sources())
    found = record(folder)
    assert environment.readiness() == ""
    assert environment.installed() == found
    assert get_engine("julia").name == "julia"
    assert choose_engine("auto", seconds=1e6).engine.name == "julia"
    assert choose_engine("auto", seconds=1.0).engine.name == "scipy"
    shutil.rmtree(found.library)
    assert f"{found.library} is gone" in environment.readiness()
    (folder / "ready.json").write_text("{broken")
    assert "not set up" in environment.readiness()


def test_another_julia_than_the_one_set_up(bare, monkeypatch):
    folder = environment.environment_folder(environment.find_sources())
    mine, other = bare / "julia-a", bare / "julia-b"
    for path in (mine, other):
        path.write_text("#!/bin/sh\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    record(folder, julia=str(mine))
    monkeypatch.setenv("PYSCALES_JULIA", str(mine))
    assert environment.readiness() == ""
    monkeypatch.setenv("PYSCALES_JULIA", str(other))
    assert "PYSCALES_JULIA" in environment.readiness()


def test_a_wrong_juliacall_is_told(bare, monkeypatch):
    monkeypatch.setattr(environment, "juliacall_version", lambda: "0.9.20")
    assert "juliacall 0.9.20 is installed, and" in environment.readiness()
    monkeypatch.setattr(environment, "juliacall_version", lambda: "")
    assert f"pip install juliacall=={environment.JULIACALL}" in environment.readiness()


def test_sources_and_lock_decide_the_folder(bare):
    package = bare / "checkout" / "julia"
    (package / "src" / "deep").mkdir(parents=True)
    (package / "Project.toml").write_text("name = 'x'\nmanifest = '../Manifest.toml'\n")
    (package / "src" / "x.jl").write_text("module x end")
    (package / "src" / "deep" / "y.jl").write_text("# y")
    lock = bare / "checkout" / "Manifest.toml"
    sources = environment.Sources(package, None)
    first = environment.environment_folder(sources)
    lock.write_text("julia_version = '1.10'")
    locked = environment.Sources(package, lock)
    second = environment.environment_folder(locked)
    (package / "src" / "deep" / "y.jl").write_text("# z")
    third = environment.environment_folder(locked)
    assert len({first, second, third}) == 3
    third.mkdir(parents=True)
    project = environment.copy_sources(locked, third)
    assert (project / "src" / "deep" / "y.jl").read_text() == "# z"
    assert (project / "Project.toml").read_text() == "name = 'x'\n"
    assert (project / "Manifest.toml").read_text() == lock.read_text()
    own = "[[deps.PyscalesCore]]\npath = 'julia'\n\n    [deps.PyscalesCore.x]\n    a = 1\n\n"
    before, after = "x = 1\n\n[[deps.A]]\nb = 2\n\n", "[[deps.PyscalesCoreOther]]\nc = 3\n"
    lock.write_text(before + own + after)
    environment.copy_sources(locked, third)
    assert (project / "Manifest.toml").read_text() == before + after
    (project / "src" / "old.jl").write_text("left over")
    environment.copy_sources(locked, third)
    assert not (project / "src" / "old.jl").exists()


def test_variables_are_set_only_where_the_user_has_none(bare, monkeypatch):
    found = record(bare / "r", depot="/depot")
    plain = environment.variables(found, 1)
    assert plain["PYTHON_JULIACALL_EXE"] == found.julia
    assert plain["PYTHON_JULIACALL_PROJECT"] == found.project
    assert plain["PYTHON_JULIACALL_LIB"] == found.library
    assert plain["JULIA_DEPOT_PATH"] == "/depot"
    assert plain["PYTHON_JULIACALL_THREADS"] == "1"
    assert "PYTHON_JULIACALL_HANDLE_SIGNALS" not in plain
    two = environment.variables(found, 2)
    assert two["PYTHON_JULIACALL_THREADS"] == "2"
    assert two["PYTHON_JULIACALL_HANDLE_SIGNALS"] == "yes"
    monkeypatch.setenv("JULIA_NUM_THREADS", "4")
    theirs = environment.variables(found, 1)
    assert "PYTHON_JULIACALL_THREADS" not in theirs
    assert theirs["PYTHON_JULIACALL_HANDLE_SIGNALS"] == "yes"
    monkeypatch.setenv("PYTHON_JULIACALL_HANDLE_SIGNALS", "no")
    monkeypatch.setenv("PYTHON_JULIACALL_EXE", "/their/julia")
    monkeypatch.setenv("JULIA_DEPOT_PATH", "/their/depot")
    theirs = environment.variables(found, 1)
    assert not {
        "PYTHON_JULIACALL_HANDLE_SIGNALS",
        "PYTHON_JULIACALL_EXE",
        "PYTHON_JULIACALL_LIB",
        "PYTHON_JULIACALL_BINDIR",
        "JULIA_DEPOT_PATH",
    } & set(theirs)
    monkeypatch.setenv("PYTHON_JULIACALL_PROJECT", "/their/project")
    assert environment.readiness() == ""


def test_the_start_leaves_the_environment_as_it_was(bare, monkeypatch):
    monkeypatch.setenv("JULIA_NUM_THREADS", "3")
    before = dict(os.environ)
    with session._set({"PYTHON_JULIACALL_EXE": "x"}):
        assert os.environ["PYTHON_JULIACALL_EXE"] == "x"
    assert dict(os.environ) == before


def test_a_julia_of_someone_else_is_not_taken_over(bare, monkeypatch):
    from types import SimpleNamespace

    theirs = SimpleNamespace(CONFIG={"inited": True, "project": "/their/project"})
    monkeypatch.setitem(sys.modules, "juliacall", theirs)
    with pytest.raises(EngineError, match="already runs in this process"):
        session._refuse_other_project(record(bare / "r"))


def test_probing_something_that_is_no_julia(bare):
    with pytest.raises(InputError) as caught:
        install.probe(str(bare / "absent"))
    assert caught.value.field == "--julia"
    path = bare / "julia"
    path.write_text("#!/bin/sh\necho hello\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(InputError, match="did not answer"):
        install.probe(str(path))
    path.write_text("#!/bin/sh\nprintf '1.9.4 \\0 /lib \\0 /bin'\n")
    with pytest.raises(InputError, match=r"1\.10 or newer"):
        install.probe(str(path))
    path.write_text("#!/bin/sh\nprintf '1.11.2 \\0 /lib \\0 /bin'\n")
    assert install.probe(str(path)) == install.Julia(str(path), "1.11.2", "/lib", "/bin")


def fake_julia(path, pkg):
    """A script that answers probes and runs `pkg` for the rest."""
    path.write_text(
        '#!/bin/sh\nfor a in "$@"; do case "$a" in --project=*) '
        + pkg
        + ";; esac; done\nprintf '1.10.8 \\0 "
        + str(path)
        + " \\0 "
        + str(path.parent)
        + "'\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture
def locked(bare, monkeypatch):
    """Sources with a lock."""
    found = environment.find_sources()
    lock = bare / "Manifest.toml"
    lock.write_text("# lock")
    sources = environment.Sources(found.package, lock)
    monkeypatch.setattr(environment, "find_sources", lambda: sources)
    return bare


def test_install_records_what_it_did(locked):
    julia = fake_julia(locked / "julia", 'echo "Precompiling"; exit 0')
    said = []
    found = install.install(julia, say=said.append)
    assert environment.installed() == found
    assert environment.readiness() == ""
    assert (found.julia, found.version, found.resolved) == (julia, "1.10.8", False)
    assert "  Precompiling" in said
    assert any("minutes" in line for line in said)
    again = install.install(julia, resolve=True, say=said.append)
    assert again.resolved
    folder = environment.environment_folder(environment.find_sources())
    assert not (folder / "julia" / "Manifest.toml").exists()
    assert doctor.status()["versions"] == "resolved anew"


def test_precompiling_takes_this_python(locked, monkeypatch):
    julia = fake_julia(
        locked / "julia", 'echo "python $JULIA_PYTHONCALL_EXE $JULIA_CONDAPKG_BACKEND"; exit 0'
    )
    for name in ("JULIA_PYTHONCALL_EXE", "JULIA_CONDAPKG_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    said = []
    install.install(julia, say=said.append)
    assert f"  python {sys.executable} Null" in said
    monkeypatch.setenv("JULIA_PYTHONCALL_EXE", "/their/python")
    install.install(julia, say=said.append)
    assert "  python /their/python Null" in said


def test_a_lock_that_cannot_be_instantiated_offers_to_resolve(locked):
    julia = fake_julia(locked / "julia", 'echo "ERROR: no such version of X"; exit 1')
    with pytest.raises(EngineError, match=r"no such version of X.*--resolve") as caught:
        install.install(julia, say=lambda line: None)
    assert caught.value.exit_code == 4
    assert "not set up" in environment.readiness()
    with pytest.raises(EngineError, match="Check the network"):
        install.install(julia, resolve=True, say=lambda line: None)


def test_without_a_lock_install_asks_to_resolve(bare, monkeypatch):
    found = environment.find_sources()
    sources = environment.Sources(found.package, None)
    monkeypatch.setattr(environment, "find_sources", lambda: sources)
    with pytest.raises(EngineError, match="--resolve"):
        install.install(say=lambda line: None)


def test_a_download_that_fails_says_what_to_do(locked, monkeypatch):
    monkeypatch.setenv("PATH", str(locked))
    import juliapkg.find_julia

    def refuse(*arguments, **options):
        raise OSError("no route to host")

    monkeypatch.setattr(juliapkg.find_julia, "find_julia", refuse)
    said = []
    with pytest.raises(EngineError, match=r"no route to host.*--julia PATH"):
        install.install(say=said.append)
    assert any("downloading" in line for line in said)


def test_command_line_status(bare, capsys, monkeypatch):
    from pyscales.cli import main

    def status():
        monkeypatch.setattr(sys, "argv", ["pyscales", "julia", "status", "--json"])
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code or 0, json.loads(capsys.readouterr().out)

    code, found = status()
    assert code == 4
    assert found["ready"] is False
    assert "pyscales julia install" in found["reason"]
    record(environment.environment_folder(environment.find_sources()))
    code, found = status()
    assert code == 0
    assert found["julia version"] == "1.10.8"


def test_openssl_remark():
    assert doctor.openssl_remark("1.10.8") == ""
    import ssl

    clash = ssl.OPENSSL_VERSION_INFO[:2] < (3, 5)
    assert bool(doctor.openssl_remark("1.12.1")) == clash


def test_weights_share_their_memory():
    w = csr_array(np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0], [0.0, 0.0, 0.0]]))
    shared = arrays.share_weights(w)
    assert np.shares_memory(shared.values, w.data)
    assert np.shares_memory(shared.columns, w.indices)
    assert shared.starts.dtype == np.int64
    n, sparse, entries, _, columns, values = shared.arguments()
    assert (n, sparse, entries) == (3, True, 3)
    assert (columns, values) == (w.indices.ctypes.data, w.data.ctypes.data)
    dense = np.arange(9.0).reshape(3, 3)
    assert np.shares_memory(arrays.share_weights(dense).values, dense)
    turned = arrays.share_weights(dense.T)
    np.testing.assert_array_equal(turned.values, dense.T)
    assert turned.arguments()[:3] == (3, False, 9)
    with pytest.raises(TypeError):
        arrays.address(dense.T, np.float64)
    with pytest.raises(TypeError):
        arrays.address(dense.astype(np.float32), np.float64)
    assert arrays.address(np.zeros(0), np.float64) == 0


def test_the_engine_travels_to_other_processes():
    assert pickle.loads(pickle.dumps(JuliaEngine())).name == "julia"


def test_errors_of_julia_become_ours():
    class JuliaError(Exception):
        pass

    JuliaError.__module__ = "juliacall"
    with (
        pytest.raises(EngineError, match="integrate: DomainError"),
        session.julia_errors("integrate"),
    ):
        raise JuliaError("DomainError with -1.0:\nmore")
    with pytest.raises(KeyboardInterrupt), session.julia_errors("integrate"):
        raise JuliaError("InterruptException:")
    with pytest.raises(ZeroDivisionError), session.julia_errors("integrate"):
        raise ZeroDivisionError
    with pytest.raises(InputError), session.julia_errors("integrate"):
        raise InputError("x", 1, "y")


def test_status_is_json(bare):
    json.dumps(doctor.status())
