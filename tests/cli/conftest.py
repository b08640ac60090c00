"""Run the command line in this process and in a fresh one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pyscales.cli import main


@dataclass(frozen=True)
class Outcome:
    """Exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def cli(capsys, monkeypatch) -> Callable[..., Outcome]:
    """Call ``pyscales`` with arguments."""

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["pyscales", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def fresh() -> Callable[..., Outcome]:
    """Call ``pyscales`` in a new process."""

    def call(*arguments: object, **options: object) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "pyscales", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            **options,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return call
