"""One worker per point, whatever happens to the others."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from pyscales.errors import InputError
from pyscales.sweep import claims

HOLD = """
import sys, time
from pathlib import Path
from pyscales.sweep import claims
claim = claims.take(Path(sys.argv[1]), "p", sys.argv[2])
print("held" if claim else "busy", flush=True)
time.sleep(60)
"""


def hold(folder, kind):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), kind], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("kind", claims.KINDS)
def test_held_until_released(tmp_path, kind):
    first = claims.take(tmp_path, "p", kind)
    assert claims.take(tmp_path, "p", kind) is None
    assert claims.is_claimed(tmp_path, "p", kind)
    other = claims.take(tmp_path, "q", kind)
    assert other is not None
    first.release()
    assert not claims.is_claimed(tmp_path, "p", kind)
    again = claims.take(tmp_path, "p", kind)
    assert again is not None
    again.release()
    other.release()


@pytest.mark.parametrize("kind", claims.KINDS)
def test_a_killed_owner_holds_nothing(tmp_path, kind):
    owner = hold(tmp_path, kind)
    assert claims.take(tmp_path, "p", kind) is None
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    claim = claims.take(tmp_path, "p", kind)
    assert claim is not None
    assert claims.take(tmp_path, "p", kind) is None
    claim.release()
    assert claims.take(tmp_path, "p", kind) is not None


def bid(folder, kind, gate, wins):
    gate.wait()
    claim = claims.take(folder, "p", kind)
    wins.put(claim is not None)
    time.sleep(0.5)


@pytest.mark.parametrize("kind", claims.KINDS)
def test_one_of_many_bidders_gets_a_stale_claim(tmp_path, kind):
    owner = hold(tmp_path, kind)
    owner.kill()
    owner.wait()
    context = multiprocessing.get_context("fork")
    gate, wins = context.Barrier(8), context.Queue()
    bidders = [context.Process(target=bid, args=(tmp_path, kind, gate, wins)) for _ in range(8)]
    for b in bidders:
        b.start()
    assert sum(wins.get(timeout=30) for _ in bidders) == 1
    for b in bidders:
        b.join()


def test_lease_of_another_machine_lasts_while_it_is_renewed(tmp_path):
    claim = claims.take(tmp_path, "p", "lease", lease=100)
    claim.stopped.set()
    path = claim.path
    path.write_text('{"host": "elsewhere", "pid": 1, "start": "1"}')
    assert claims.take(tmp_path, "p", "lease", lease=100) is None
    os.utime(path, (time.time() - 101, time.time() - 101))
    taken = claims.take(tmp_path, "p", "lease", lease=100)
    assert taken is not None
    taken.release()
    assert not list(tmp_path.glob("*.lease"))


def test_lease_is_renewed(tmp_path):
    claim = claims.take(tmp_path, "p", "lease", lease=0.25)
    os.utime(claim.path, (1, 1))
    deadline = time.time() + 10
    while claim.path.stat().st_mtime < 10 and time.time() < deadline:
        time.sleep(0.02)
    assert time.time() - claim.path.stat().st_mtime < 5
    claim.release()


def test_a_sweep_keeps_its_kind(tmp_path):
    assert claims.claim_kind(tmp_path, "lease") == "lease"
    assert claims.claim_kind(tmp_path) == "lease"
    with pytest.raises(InputError):
        claims.claim_kind(tmp_path, "lock")
    with pytest.raises(InputError):
        claims.claim_kind(tmp_path, "none")
