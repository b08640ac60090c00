"""Theory against simulation at symmetry 0, number by number, each with its error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyscales.simulation import estimate_over_networks

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]

COMPARED_RHO = (0.75, 0.5, 0.25)


def compare(
    theory: xr.Dataset, simulated: xr.Dataset, label: dict[str, Any]
) -> list[dict[str, Any]]:
    """Rows theory, simulation, error, difference in standard errors.

    Compared are the population variance of x and the population autocorrelation of x, divided by
    its value at lag 0, at the lags where theory has fallen to 3/4, 1/2 and 1/4; a silent theory
    has only the variance. Errors are over the sampled networks.
    """
    rows = [_row(label, "variance_x", float(theory["variance_x"]), simulated["variance_x"].values)]
    if "autocorrelation_x_population" not in simulated or float(theory["d0"]) == 0:
        return rows
    lag = simulated["lag"].values
    c = simulated["autocorrelation_x_population"].values
    level = np.interp(lag, theory["lag"].values, theory["autocorrelation_x"].values)
    level = level / float(theory["d0"])
    for rho in COMPARED_RHO:
        below = np.nonzero(level <= rho)[0]
        if below.size == 0:
            continue
        i = int(below[0])
        rows.append(
            _row(
                label,
                f"autocorrelation_x({lag[i]:g})/autocorrelation_x(0)",
                float(level[i]),
                c[..., i] / c[..., 0],
            )
        )
    return rows


def _row(label: dict[str, Any], quantity: str, theory: float, values: FloatArray) -> dict[str, Any]:
    found = estimate_over_networks(values)
    z = (found.mean - theory) / found.error if found.error > 0 else np.nan
    return {
        **label,
        "quantity": quantity,
        "theory": theory,
        "simulation": found.mean,
        "error": found.error,
        "error_over": found.over,
        "relative_difference": found.mean / theory - 1 if theory else np.nan,
        "standard_errors": float(z),
    }
