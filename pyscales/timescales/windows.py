"""Autocorrelation of recorded traces over chosen windows, with what a jackknife needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales._checks import FloatArray, check_integer

Window = tuple[int, int]

_CHUNK_SAMPLES = 2**23


@dataclass(frozen=True)
class BlockSums:
    """Sums per block of consecutive frames, from which any set of blocks gives an ACF.

    Attributes
    ----------
    products : ndarray, shape (blocks, units, lags)
        sum x(t) x(t + l) inside the block, x less the mean over all blocks.
    leading, trailing : ndarray, shape (blocks, units, lags)
        sum x(t) and sum x(t + l) over the same pairs.
    pairs : ndarray, shape (blocks, lags)
        Number of pairs.
    """

    products: FloatArray
    leading: FloatArray
    trailing: FloatArray
    pairs: FloatArray

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return int(self.pairs.shape[0])

    def covariance(self, without: int | None = None) -> FloatArray:
        r"""Unbiased autocovariance (units, lags), the mean taken over the same frames.

        .. math:: C(l) = \frac{1}{n_l} \sum (x(t) - m)(x(t + l) - m)
        """
        products, leading, trailing = (
            _leave(a, without) for a in (self.products, self.leading, self.trailing)
        )
        pairs = _leave(self.pairs, without)
        mean = (leading[:, :1]) / pairs[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(
                (products - mean * (leading + trailing) + mean**2 * pairs)
                / np.where(pairs > 0, pairs, np.nan)
            )


def _leave(blocks: FloatArray, without: int | None) -> FloatArray:
    total = blocks.sum(axis=0)
    return np.asarray(total if without is None else total - blocks[without])


def check_windows(windows: Sequence[Window] | None, n_frames: int) -> list[Window]:
    """Windows as (first frame, frame after the last), ascending and disjoint, or InputError."""
    if windows is None:
        return [(0, n_frames)]
    found = []
    last = 0
    for start, stop in windows:
        first, end = int(start), int(stop)
        if not (last <= first < end <= n_frames):
            raise InputError(
                "windows",
                (first, end),
                f"ascending, disjoint, non-empty frame ranges within 0..{n_frames}",
            )
        found.append((first, end))
        last = end
    if not found:
        raise InputError("windows", 0, "at least one window")
    return found


def split_windows(windows: list[Window], n_blocks: int, shortest: int) -> list[Window]:
    """Cut windows into about `n_blocks` pieces of similar length, none below `shortest` frames.

    Windows below `shortest` frames stay whole, and have no pair at the longest lags.
    """
    total = sum(b - a for a, b in windows)
    target = max(total / n_blocks, float(shortest))
    blocks = []
    for start, stop in windows:
        parts = max(1, int(round((stop - start) / target)))
        edges = np.linspace(start, stop, parts + 1).round().astype(int)
        blocks += [(int(a), int(b)) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return blocks


def block_sums(
    traces: Any,
    blocks: Sequence[Window],
    max_lag: int,
    *,
    units: slice | npt.NDArray[np.intp] = slice(None),
    center: str = "all",
) -> BlockSums:
    """Sums of `BlockSums` for some units.

    Parameters
    ----------
    traces : array_like, shape (time, units)
        Also a memory map or an HDF5 dataset; only the blocks and units asked for are read.
    blocks : sequence of (first frame, frame after the last)
    max_lag : int
        In frames, below the length of the longest block.
    units : slice or array of int
    center : {'all', 'block'}
        Take the mean over all blocks (little bias), or over each block, which also removes slow
        drift but shortens timescales near the block length.

    Raises
    ------
    InputError
        NaN or infinite samples, a lag not below the longest block.
    """
    longest = max(b - a for a, b in blocks)
    max_lag = check_integer("max_lag", max_lag, 1, longest - 1)
    if center not in ("all", "block"):
        raise InputError("center", center, "'all' or 'block'")
    pieces = [np.asarray(traces[a:b, units]).T for a, b in blocks]
    kind = np.float32 if pieces[0].dtype == np.float32 else np.float64
    frames = sum(p.shape[1] for p in pieces)
    mean = sum(p.sum(axis=1, dtype=np.float64) for p in pieces) / frames
    if not np.isfinite(mean).all():
        bad = int(np.flatnonzero(~np.isfinite(mean))[0])
        raise InputError(
            f"traces (unit {bad})",
            "NaN or infinite",
            "finite samples in the windows used",
            "Exclude the unit, or restrict the windows.",
        )
    shape = (len(blocks), pieces[0].shape[0], max_lag + 1)
    products, leading, trailing = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    pairs = np.zeros((len(blocks), max_lag + 1))
    for i, piece in enumerate(pieces):
        level = mean if center == "all" else piece.mean(axis=1, dtype=np.float64)
        x = np.ascontiguousarray(piece - level[:, None], dtype=kind)
        lags = min(max_lag, x.shape[1] - 1)
        products[i, :, : lags + 1] = _products(x, lags)
        pairs[i, : lags + 1] = x.shape[1] - np.arange(lags + 1)
        total = x.sum(axis=1, dtype=np.float64)[:, None]
        head = np.cumsum(x[:, :lags], axis=1, dtype=np.float64)
        tail = np.cumsum(x[:, ::-1][:, :lags], axis=1, dtype=np.float64)
        leading[i, :, : lags + 1] = np.hstack([total, total - tail])
        trailing[i, :, : lags + 1] = np.hstack([total, total - head])
    return BlockSums(products, leading, trailing, pairs)


def _products(x: np.ndarray, lags: int) -> np.ndarray:
    from scipy import fft

    n_fft = fft.next_fast_len(x.shape[1] + lags, real=True)
    spectrum = fft.rfft(x, n_fft, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(fft.irfft(power, n_fft, axis=1)[:, : lags + 1])


def unit_chunks(n_units: int, n_frames: int) -> Iterator[slice]:
    """Slices of units whose frames fit into a fixed amount of memory."""
    step = max(1, _CHUNK_SAMPLES // max(n_frames, 1))
    for start in range(0, n_units, step):
        yield slice(start, min(n_units, start + step))
