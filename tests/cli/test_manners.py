"""Quiet, colours, completion, interruption: how commands behave."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SMALL = ("--n", 60, "--mean-degree", 8, "--duration", 20, "--transient", 5)
SMALL = (*SMALL, "--set", "simulation.max_lag=5")


@pytest.mark.parametrize("place", ["before", "after"])
def test_quiet_leaves_data_alone(cli, tmp_path, place):
    arguments = ["simulate", *SMALL, "--out", tmp_path, "--json"]
    done = cli(*(["-q", *arguments] if place == "before" else [*arguments, "-q"]))
    assert done.err == ""
    assert done.json["phase"]
    arguments[arguments.index(tmp_path)] = tmp_path / "loud"
    loud = cli(*arguments)
    assert "simulate ..." in loud.err
    assert "wrote" in loud.err
    assert loud.json == done.json


def test_quiet_still_tells_problems(cli):
    done = cli("-q", "critical-gain", "--symmetry", 2)
    assert done.code == 2
    assert "symmetry" in done.err


def _on_a_terminal(*arguments, **environment):
    """Output of a command that believes to write to a terminal."""
    master, slave = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "CI")}
    env = {k: v for k, v in env.items() if not k.startswith("GITHUB")}
    env |= {"TERM": "xterm-256color", "COLUMNS": "100"} | environment
    process = subprocess.Popen(
        [sys.executable, "-m", "pyscales", *map(str, arguments)],
        stdout=slave,
        stderr=slave,
        stdin=slave,
        env=env,
    )
    os.close(slave)
    chunks = []
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    process.wait()
    os.close(master)
    return b"".join(chunks).decode()


COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m|\x1b\[[0-9;]*38;")


@pytest.mark.parametrize("arguments", [("--help",), ("simulate", *SMALL)])
def test_no_color(arguments):
    assert COLOUR.search(_on_a_terminal(*arguments))
    assert not COLOUR.search(_on_a_terminal(*arguments, NO_COLOR="1"))


def test_completion():
    program = Path(sys.executable).with_name("pyscales")
    if not program.exists():
        pytest.skip("the program is not installed beside this Python")
    shown = subprocess.run(
        [program],
        env=os.environ
        | {
            "_PYSCALES_COMPLETE": "complete_bash",
            "COMP_WORDS": "pyscales sw",
            "COMP_CWORD": "1",
        },
        capture_output=True,
        text=True,
    )
    assert "sweep" in shown.stdout.split()
    script = subprocess.run(
        [program],
        env=os.environ | {"_PYSCALES_COMPLETE": "source_bash"},
        capture_output=True,
        text=True,
    )
    assert "complete" in script.stdout
    assert "_PYSCALES_COMPLETE" in script.stdout
    assert (
        "--install-completion"
        in subprocess.run([program, "--help"], capture_output=True, text=True).stdout
    )


LONG = ("--n", 400, "--mean-degree", 20, "--duration", 20000)
COMMANDS = {
    "simulate": ("simulate", *LONG),
    "timescales": ("timescales", *LONG),
    "phase-diagram": ("phase-diagram", "--simulate", "--n", 400, "--mean-degree", 20),
    "reproduce": ("reproduce",),
    "lyapunov": ("lyapunov", "--n", 400, "--mean-degree", 20, "--set", "lyapunov.duration=20000"),
}


@pytest.mark.slow
@pytest.mark.parametrize("folder", [True, False])
@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_says_what_was_kept(tmp_path, command, folder):
    out = ("--out", tmp_path / "kept") if folder else ()
    process = subprocess.Popen(
        [sys.executable, "-m", "pyscales", *map(str, COMMANDS[command] + out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    line = process.stderr.readline()
    assert "..." in line
    time.sleep(1.0)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.count("interrupted") == 1
    if folder:
        assert str(tmp_path / "kept") in err
    elif command == "reproduce":
        assert "pyscales-run" in err
    else:
        assert "nothing was kept" in err


def test_cite(cli, tmp_path):
    done = cli("cite")
    assert done.code == 0
    assert "@software{pyscales," in done.out
    assert "2603.04149" in done.out
    assert len(cli("cite", "--all", "--json").json) > 20
    assert cli("cite", tmp_path / "none").code == 2
    cli("dmft", "--out", tmp_path, "-q")
    assert "Crisanti2018" in cli("cite", tmp_path, "--json").json
