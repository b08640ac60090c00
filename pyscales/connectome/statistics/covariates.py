"""Covariates of a rank correlation: numbers by rank, categories by indicator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Covariates:
    """Design matrix of covariates.

    Attributes
    ----------
    design : ndarray, shape (n, columns)
        Ranks of numbers (scaled to -1..1) and their powers, indicators of categories (the first
        level left out); no constant.
    names : tuple of str
        Of the columns.
    complete : ndarray of bool, shape (n,)
        Rows without a missing covariate.
    """

    design: FloatArray
    names: tuple[str, ...]
    complete: NDArray[np.bool_]

    def residual(self, ranks: FloatArray) -> FloatArray:
        """What is left of `ranks` after least squares on the design and a constant."""
        x = np.column_stack([np.ones(ranks.shape[0]), self.design])
        basis, r = np.linalg.qr(x)
        keep = np.abs(np.diag(r)) > 1e-10 * np.abs(r[0, 0])
        if not keep.all():
            basis, _ = np.linalg.qr(x[:, keep])
        return np.asarray(ranks - basis @ (basis.T @ ranks))

    def rows(self, index: Any) -> Covariates:
        """The same columns for some rows."""
        return Covariates(self.design[index], self.names, self.complete[index])


def make_covariates(table: pd.DataFrame | None, n: int, powers: int = 1) -> Covariates:
    """Covariates from a table: numeric columns by rank, others as categories.

    `powers` above 1 adds powers of the ranks, for covariates that act on a bend. Rows with a
    missing number or an empty category are not complete; the caller leaves them out
    and counts them. Constant columns and categories of one level are left out of the design.

    Raises
    ------
    InputError
        Another number of rows, more columns than a tenth of the complete rows.
    """
    if table is None or table.shape[1] == 0:
        return Covariates(np.zeros((n, 0)), (), np.ones(n, dtype=bool))
    if len(table) != n:
        raise InputError("covariates", len(table), f"one row per value ({n})")
    import pandas as pd
    from scipy.stats import rankdata

    complete = np.ones(n, dtype=bool)
    numeric = {}
    for name in table:
        column = table[name]
        if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
            complete &= (column.notna() & (column.astype(str) != "")).to_numpy()
        else:
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            numeric[name] = values
            complete &= np.isfinite(values)
    columns: list[FloatArray] = []
    names: list[str] = []
    for name in table:
        if name in numeric:
            ranks = np.zeros(n)
            ranks[complete] = 2.0 * rankdata(numeric[name][complete]) / (complete.sum() + 1) - 1.0
            if complete.any() and np.ptp(ranks[complete]) > 0:
                for power in range(1, powers + 1):
                    columns.append(ranks**power)
                    names.append(str(name) if power == 1 else f"{name}^{power}")
            continue
        levels = sorted(set(table[name].astype(str)[complete]))
        for level in levels[1:]:
            columns.append((table[name].astype(str) == level).to_numpy(dtype=np.float64))
            names.append(f"{name} = {level}")
    if len(columns) > complete.sum() / 10:
        raise InputError(
            "covariates",
            len(columns),
            f"at most a tenth of the {int(complete.sum())} complete rows",
            "Merge rare categories or use fewer covariates.",
        )
    design = np.column_stack(columns) if columns else np.zeros((n, 0))
    return Covariates(design, tuple(names), complete)
