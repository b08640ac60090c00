"""What the readers make: activity, wiring, and tables that keep exact ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pyscales.connectome.ids import check_ids
from pyscales.connectome.ledger import Ledger
from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

UNIT_KEY = ("session", "scan_idx", "unit_id")
MASK_KEY = ("session", "scan_idx", "field", "mask_id")


@dataclass(frozen=True, eq=False)
class Traces:
    """Activity of many units on one clock.

    Attributes
    ----------
    data : ndarray, shape (time, units)
        Samples, as stored (float32 is kept).
    time : ndarray, shape (time,)
        Seconds, strictly increasing.
    fs : float
        Frames per second, 1 / median step.
    units : DataFrame, one row per column of `data`
        Some of session, scan_idx, field, mask_id, unit_id (int64), mask_type, and quality columns.
    intervals : DataFrame
        start, stop (s) and kind of the stimuli; empty without stimulus.
    source : str
        File or simulation the traces come from.
    """

    data: NDArray[Any]
    time: FloatArray
    fs: float
    units: pd.DataFrame
    intervals: pd.DataFrame
    source: str = ""

    @property
    def n_units(self) -> int:
        """Number of columns."""
        return int(self.data.shape[1])

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last."""
        return float(self.time[-1] - self.time[0] + 1.0 / self.fs)

    def select(self, units: Any) -> Traces:
        """The units of a mask or of positions; samples are copied."""
        table = self.units.iloc[np.flatnonzero(units) if _is_mask(units) else units]
        return Traces(
            self.data[:, units],
            self.time,
            self.fs,
            table.reset_index(drop=True),
            self.intervals,
            self.source,
        )


def _is_mask(units: Any) -> bool:
    return np.asarray(units).dtype == np.bool_


def make_traces(
    data: Any,
    time: Any,
    units: pd.DataFrame | None = None,
    intervals: pd.DataFrame | None = None,
    *,
    source: str = "",
) -> Traces:
    """Check and assemble `Traces`.

    Parameters
    ----------
    data : array_like, shape (time, units)
    time : array_like, shape (time,)
        Seconds. Gaps up to ten times the median step are accepted (they are filled by nothing);
        a step back or a repeated time is an error.
    units, intervals : DataFrame, optional
    source : str

    Raises
    ------
    InputError
        Wrong shapes, no samples, times that do not increase, an interval that ends before it
        starts, float ids in `units`.
    """
    import pandas as pd

    samples = np.asarray(data)
    if samples.ndim != 2 or samples.dtype.kind not in "fiu":
        raise InputError("traces", samples.shape, "real numbers of shape (time, units)")
    if samples.shape[0] < 2 or samples.shape[1] < 1:
        raise InputError("traces", samples.shape, "at least 2 frames and 1 unit")
    clock = np.asarray(time, dtype=np.float64)
    if clock.shape != (samples.shape[0],):
        raise InputError(
            "time",
            clock.shape,
            f"one time per frame, shape ({samples.shape[0]},)",
            "Traces are (time, units): transpose them if units come first.",
        )
    fs = frame_rate(clock)
    table = pd.DataFrame(index=range(samples.shape[1])) if units is None else units
    if len(table) != samples.shape[1]:
        raise InputError("units", len(table), f"one row per trace ({samples.shape[1]})")
    table = table.reset_index(drop=True)
    for name in (*MASK_KEY, "unit_id", "nucleus_id"):
        if name in table:
            missing = name in ("unit_id", "nucleus_id")
            table[name] = check_ids(f"units.{name}", table[name], missing=missing)
    return Traces(samples, clock, fs, table, check_intervals(intervals), source)


def frame_rate(time: FloatArray) -> float:
    """1 / median step of strictly increasing times, or InputError."""
    if not np.isfinite(time).all():
        raise InputError("time", "NaN", "finite seconds")
    step = np.diff(time)
    if (step <= 0).any():
        row = int(np.flatnonzero(step <= 0)[0])
        raise InputError(
            f"time (row {row + 2})", float(time[row + 1]), "seconds that grow from row to row"
        )
    return float(1.0 / np.median(step))


def check_intervals(intervals: pd.DataFrame | None) -> pd.DataFrame:
    """Stimulus intervals with columns start, stop, kind, sorted by start."""
    import pandas as pd

    if intervals is None or len(intervals) == 0:
        return pd.DataFrame(
            {"start": np.zeros(0), "stop": np.zeros(0), "kind": np.zeros(0, dtype=object)}
        )
    for name in ("start", "stop"):
        if name not in intervals:
            raise InputError("intervals", list(intervals.columns), "columns start and stop (s)")
    table = intervals.copy()
    table["start"] = table["start"].astype(float)
    table["stop"] = table["stop"].astype(float)
    wrong = ~(table["stop"].to_numpy() > table["start"].to_numpy())
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"intervals (row {row + 1})",
            (float(table["start"].iloc[row]), float(table["stop"].iloc[row])),
            "a stop after the start",
            "An empty interval hides a reading error: repair or remove the row.",
        )
    if "kind" not in table:
        table["kind"] = "stimulus"
    return table.sort_values("start", kind="stable").reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Connectome:
    """A measured wiring diagram.

    Attributes
    ----------
    counts : csr_array of int64, shape (n, n)
        Synapses from node j (presynaptic) onto node i (postsynaptic), the orientation of W_ij in
        the model. No self-connections.
    sizes : csr_array of float64 or None
        Summed synapse size on the same pattern.
    nodes : DataFrame, n rows
        node (label as text or int64), and where known nucleus_id, pt_root_id (int64, 0 for none),
        x, y, z (micrometres), status and type columns.
    source : str
    ledger : Ledger
        Synapses or edges read, and why some were left out.
    """

    counts: csr_array
    sizes: csr_array | None
    nodes: pd.DataFrame
    source: str = ""
    ledger: Ledger = field(default_factory=lambda: Ledger("edges", 0))

    @property
    def n(self) -> int:
        """Number of nodes."""
        return int(self.counts.shape[0])

    @property
    def n_edges(self) -> int:
        """Directed pairs with at least one synapse."""
        return int(self.counts.nnz)

    @property
    def positions(self) -> FloatArray | None:
        """Node positions in micrometres (n, 3), or None where any is unknown."""
        if not {"x", "y", "z"} <= set(self.nodes.columns):
            return None
        found = self.nodes[["x", "y", "z"]].to_numpy(dtype=np.float64)
        return found if np.isfinite(found).all() else None

    def subgraph(self, nodes: Any) -> Connectome:
        """The wiring among some nodes, given as a mask or as positions."""
        index = np.flatnonzero(nodes) if _is_mask(nodes) else np.asarray(nodes, dtype=np.intp)
        if index.size == 0:
            raise InputError("nodes", 0, "at least one node to keep")
        sizes = None if self.sizes is None else csr_array(self.sizes[index][:, index])
        counts = csr_array(self.counts[index][:, index])
        table = self.nodes.iloc[index].reset_index(drop=True)
        return Connectome(counts, sizes, table, self.source, self.ledger)


def make_connectome(
    pre: Any,
    post: Any,
    n: int,
    nodes: pd.DataFrame,
    *,
    weight: Any = None,
    size: Any = None,
    source: str = "",
    what: str = "edges",
    ledger: Ledger | None = None,
) -> Connectome:
    """Assemble a `Connectome` from node numbers, summing repeated pairs.

    Parameters
    ----------
    pre, post : array_like of int, shape (m,)
        Node numbers 0 .. n - 1 of both ends; self-connections are left out and counted.
    n : int
    nodes : DataFrame
    weight : array_like, optional
        Synapses per row, whole numbers >= 1; 1 when left out.
    size : array_like, optional
        Summed size per row, finite and >= 0.
    source, what : str
    ledger : Ledger, optional
        Of an earlier step; its exclusions come first.

    Raises
    ------
    InputError
        Numbers outside the range, weights that are not whole and positive, sizes that are negative
        or not finite.
    """
    first, second = np.asarray(pre, dtype=np.int64), np.asarray(post, dtype=np.int64)
    if first.size and not (min(first.min(), second.min()) >= 0):
        raise InputError("edges", int(min(first.min(), second.min())), "node numbers >= 0")
    if first.size and max(first.max(), second.max()) >= n:
        raise InputError("edges", int(max(first.max(), second.max())), f"node numbers below {n}")
    count = _check_weight(weight, first.size)
    loops = first == second
    excluded = dict(ledger.excluded) if ledger else {}
    merged = dict(ledger.merged) if ledger else {}
    if loops.any():
        excluded["from a cell onto itself"] = int(loops.sum())
    keep = ~loops
    shape = (n, n)
    matrix = csr_array((count[keep], (second[keep], first[keep])), shape=shape, dtype=np.int64)
    matrix.sum_duplicates()
    if (repeats := int(keep.sum()) - int(matrix.nnz)) and what != "synapses":
        merged["repeated pairs, summed"] = repeats
    sizes = None
    if size is not None:
        area = np.asarray(size, dtype=np.float64)
        wrong = ~(np.isfinite(area) & (area >= 0))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(f"size (row {row + 1})", float(area[row]), "finite sizes >= 0")
        sizes = csr_array((area[keep], (second[keep], first[keep])), shape=shape)
        sizes.sum_duplicates()
    total = ledger.total if ledger else int(first.size)
    return Connectome(
        matrix,
        sizes,
        nodes.reset_index(drop=True),
        source,
        Ledger(what, total, excluded, merged),
    )


def _check_weight(weight: Any, rows: int) -> NDArray[np.int64]:
    if weight is None:
        return np.ones(rows, dtype=np.int64)
    values = np.asarray(weight)
    if values.dtype.kind not in "iuf":
        raise InputError("weight", values.dtype.name, "whole numbers of synapses")
    wrong = ~(np.isfinite(values) & (values >= 1) & (values == np.floor(values)))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"weight (row {row + 1})",
            float(values[row]),
            "a whole number of synapses >= 1",
            "Give real-valued weights as a size column.",
        )
    return values.astype(np.int64)
