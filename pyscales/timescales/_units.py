"""Choice of the units that enter a statistic of values against degree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.timescales._checks import FloatArray, check_real
from pyscales.timescales.quality import Quality

ACCEPTED = (Quality.OK, Quality.SHORT_WINDOW)


@dataclass(frozen=True)
class Selection:
    """Units to use, and degrees of the units left out although their degree is positive."""

    values: FloatArray
    degrees: FloatArray
    left_out: FloatArray
    n_used: int
    n_excluded: int
    n_zero_degree: int


def select_units(
    values: npt.ArrayLike,
    degrees: npt.ArrayLike,
    quality: npt.ArrayLike | None,
    accept: Sequence[int],
) -> Selection:
    """Check the arrays and leave out the units that cannot be used."""
    v = check_real("values", values).astype(np.float64)
    k = check_real("degrees", degrees).astype(np.float64)
    if v.ndim != 1:
        raise InputError("values", v.shape, "an array (units,)")
    if k.shape != v.shape:
        raise InputError("degrees", k.shape, f"one degree per value, shape {v.shape}")
    wrong = ~(np.isfinite(k) & (k >= 0))
    if wrong.any():
        raise InputError("degrees", float(k[wrong][0]), "finite numbers, zero or positive")
    try:
        codes_kept = [int(code) for code in accept]
    except (TypeError, ValueError):
        raise InputError("accept", accept, "a sequence of quality codes") from None
    good = np.isfinite(v)
    if quality is not None:
        codes = check_real("quality", quality)
        if codes.shape != v.shape:
            raise InputError("quality", codes.shape, f"one code per value, shape {v.shape}")
        good &= np.isin(codes, codes_kept)
    positive = k > 0
    used = good & positive
    n_used = int(used.sum())
    return Selection(
        v[used], k[used], k[positive & ~good], n_used, v.size - n_used, int((~positive).sum())
    )


def percentile_interval(samples: FloatArray, confidence: float) -> tuple[float, float]:
    """Central interval of the samples that holds the share `confidence`."""
    tail = 0.5 * (1.0 - confidence)
    low, high = np.quantile(samples, [tail, 1.0 - tail])
    return float(low), float(high)
