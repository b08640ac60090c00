"""Statistics of a trajectory accumulated sample by sample; memory does not grow with time x n."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

FloatArray = NDArray[np.float64]

_CHUNK = 4096


class LaggedProducts:
    """Sums of x(t) x(t + lag) for lags below the block length, from consecutive blocks.

    Each full block of B samples is correlated with itself and its predecessor by FFT, so every
    pair of samples at most B - 1 apart counts once. Memory 2 B columns.

    Parameters
    ----------
    n_columns : int
        Series followed at once.
    n_lags : int
        B; lags 0 .. B - 1.
    """

    def __init__(self, n_columns: int, n_lags: int) -> None:
        self.n_lags = n_lags
        self.sums = np.zeros((n_columns, n_lags))
        self.counts = np.zeros(n_lags)
        self._current = np.zeros((n_lags, n_columns))
        self._previous: FloatArray | None = None
        self._filled = 0

    def add(self, values: FloatArray) -> None:
        """Take one sample of every series, shape (n_columns,)."""
        self._current[self._filled] = values
        self._filled += 1
        if self._filled == self.n_lags:
            self._flush()

    def finish(self) -> FloatArray:
        """Mean products, shape (n_columns, n_lags); lags never reached are NaN."""
        if self._filled:
            self._flush()
        with np.errstate(invalid="ignore"):
            return self.sums / np.where(self.counts > 0, self.counts, np.nan)

    def _flush(self) -> None:
        b, lags = self._filled, self.n_lags
        past = 0 if self._previous is None else lags
        size = next_fast_len(past + b + lags, real=True)
        for start in range(0, self.sums.shape[0], _CHUNK):
            columns = slice(start, start + _CHUNK)
            now = np.zeros((self.sums[columns].shape[0], past + b))
            now[:, past:] = self._current[:b, columns].T
            both = now.copy()
            if self._previous is not None:
                both[:, :past] = self._previous[:, columns].T
            product = irfft(rfft(now, size) * np.conj(rfft(both, size)), size)
            self.sums[columns] += product[:, :lags]
        self.counts += b if past else np.maximum(b - np.arange(lags), 0)
        if b == lags:
            self._previous, self._current = (
                self._current,
                (np.empty_like(self._current) if self._previous is None else self._previous),
            )
        self._filled = 0


def column_means(z: FloatArray) -> FloatArray:
    """Mean over the rows of an array of shape (n, trials); rows are summed side by side."""
    n, trials = z.shape
    side = max(1, min(256 // trials, n))
    whole = n - n % side
    sums = z[:whole].reshape(-1, side * trials).sum(axis=0).reshape(side, trials).sum(axis=0)
    return (sums + z[whole:].sum(axis=0)) / n


class StreamingStatistics:
    """Everything `Integration` reports, from samples of shape (n, trials)."""

    def __init__(
        self,
        n: int,
        trials: int,
        n_lags: int,
        neurons: NDArray[np.int64] | None,
        record: NDArray[np.int64],
    ) -> None:
        self.count = 0
        self.sum_x = np.zeros((n, trials))
        self.sum_x2 = np.zeros((n, trials))
        self.sum_phi2 = np.zeros((n, trials))
        self._room = (np.empty((n, trials)), np.empty((n, trials)))
        self.population_x2: list[FloatArray] = []
        self.population_phi2: list[FloatArray] = []
        self.recorded: list[FloatArray] = []
        self.record = record
        self.neurons = neurons
        self.trials = trials
        kept = n if neurons is None else neurons.size
        self.lagged = (
            (LaggedProducts(kept * trials, n_lags), LaggedProducts(kept * trials, n_lags))
            if n_lags
            else None
        )

    def add(self, x: FloatArray) -> None:
        """Take the state at one sampling time, shape (n, trials)."""
        phi, square = self._room
        self.count += 1
        self.sum_x += x
        self.sum_x2 += np.multiply(x, x, out=square)
        self.population_x2.append(column_means(square))
        np.tanh(x, out=phi)
        self.sum_phi2 += np.multiply(phi, phi, out=square)
        self.population_phi2.append(column_means(square))
        if self.record.size:
            self.recorded.append(x[self.record].T.copy())
        if self.lagged is not None:
            pick = slice(None) if self.neurons is None else self.neurons
            self.lagged[0].add(x[pick].ravel())
            self.lagged[1].add(phi[pick].ravel())

    def autocorrelations(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Per neuron (x, phi; averaged over trials) and per trial (x, phi; over neurons)."""
        if self.lagged is None:
            empty = np.zeros((0, 0))
            return empty, empty, np.zeros((self.trials, 0)), np.zeros((self.trials, 0))
        x, phi = (part.finish().reshape(-1, self.trials, part.n_lags) for part in self.lagged)
        return x.mean(axis=1), phi.mean(axis=1), x.mean(axis=0), phi.mean(axis=0)
