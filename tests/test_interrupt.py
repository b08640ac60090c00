import signal

import pytest
import xarray as xr

from pyscales import Store, _interrupt, load_dataset, save_dataset


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


def test_an_interrupt_waits_for_the_file_that_is_being_written(tmp_path, monkeypatch):
    _interrupt.watch()
    written = xr.Dataset.to_netcdf

    def interrupted(dataset, path, **options):
        signal.raise_signal(signal.SIGINT)
        return written(dataset, path, **options)

    monkeypatch.setattr(xr.Dataset, "to_netcdf", interrupted)
    path = tmp_path / "piece.nc"
    with pytest.raises(KeyboardInterrupt):
        save_dataset(xr.Dataset({"a": 1.0}), path)
    assert [p.name for p in tmp_path.iterdir()] == ["piece.nc"]
    assert float(load_dataset(path)["a"]) == 1.0


def test_a_second_interrupt_does_not_wait():
    _interrupt.watch()
    done = []

    def twice():
        with _interrupt.shielded():
            signal.raise_signal(signal.SIGINT)
            done.append("after the first")
            signal.raise_signal(signal.SIGINT)
            done.append("after the second")

    with pytest.raises(KeyboardInterrupt):
        twice()
    assert done == ["after the first"]
