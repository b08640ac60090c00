import signal

import pytest

from pyscales import Store, _interrupt


@pytest.fixture(autouse=True)
def handler():
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    _interrupt.watch()
    signal.signal(signal.SIGINT, before)


class Cleaned:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_lost_in_a_finaliser_stops_the_next_piece(capsys):
    _interrupt.watch()
    thing = Cleaned()
    del thing
    with pytest.raises(KeyboardInterrupt):
        Store(None).get("piece", {}, lambda: None)
    _interrupt.watch()
    assert Store(None).get("piece", {}, lambda: None) is None


def test_an_ignored_interrupt_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _interrupt.watch()
    signal.raise_signal(signal.SIGINT)
    _interrupt.check()
