"""Connection probabilities of the Chung-Lu graph and the cap that keeps them below one.

Nodes i and j are joined with probability p(q_ij), q_ij = k_i k_j / sum(k). Two maps are offered:
``clip``, p = min(1, q) (Chung & Lu 2002, PNAS 99:15879), and ``norros-reittu``, p = 1 - exp(-q)
(Norros & Reittu 2006, Adv. Appl. Probab. 38:59).
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError

Cap = Literal["clip", "norros-reittu"]
FloatArray = npt.NDArray[np.float64]

CAPS: tuple[str, ...] = get_args(Cap)

_NODE_LIMIT = 1 << 26


def check_cap(cap: str) -> None:
    """Refuse a `cap` other than the names in ``CAPS``.

    Raises
    ------
    InputError
        If the name is unknown.
    """
    if cap not in CAPS:
        raise InputError("cap", cap, "'clip' or 'norros-reittu'")


def check_degrees(expected_degrees: npt.ArrayLike) -> FloatArray:
    """Return the expected degrees as a float64 vector, or say what is wrong with them.

    Parameters
    ----------
    expected_degrees : array_like, shape (N,)
        Expected degrees, N >= 1, finite and not negative; zeros are allowed.

    Returns
    -------
    ndarray, shape (N,)

    Raises
    ------
    InputError
        If the array is empty, not one-dimensional, not numeric, or has a negative or non-finite
        entry, or if it sums to more than a float can hold, or has more than 2**26 entries.
    """
    try:
        degrees = np.asarray(expected_degrees, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("expected_degrees", expected_degrees, "an array of numbers") from None
    if degrees.ndim != 1:
        raise InputError("expected_degrees", degrees.shape, "a one-dimensional array, shape (N,)")
    if degrees.size == 0:
        raise InputError("expected_degrees", [], "one degree per node, at least one node")
    if degrees.size > _NODE_LIMIT:
        raise InputError("len(expected_degrees)", degrees.size, f"at most {_NODE_LIMIT} nodes")
    bad = np.flatnonzero(~np.isfinite(degrees) | (degrees < 0.0))
    if bad.size:
        first = int(bad[0])
        raise InputError(
            f"expected_degrees[{first}]", float(degrees[first]), "a finite number >= 0"
        )
    largest = float(degrees.max())
    if largest > np.finfo(np.float64).max / degrees.size:
        raise InputError("expected_degrees", largest, "degrees with a finite sum")
    return degrees


def connection_probability(q: npt.ArrayLike, cap: Cap) -> FloatArray:
    """Probability of an edge whose nominal probability is `q`.

    ``clip`` gives p = min(1, q), ``norros-reittu`` gives p = 1 - exp(-q).

    Parameters
    ----------
    q : array_like
        k_i k_j / sum(k), >= 0, any shape.
    cap : {"clip", "norros-reittu"}
        How q is kept below one.

    Returns
    -------
    ndarray
        Probabilities, the shape of `q`.

    Raises
    ------
    InputError
        If `cap` is unknown.

    References
    ----------
    Chung & Lu 2002, PNAS 99:15879; Norros & Reittu 2006, Adv. Appl. Probab. 38:59.
    """
    check_cap(cap)
    nominal = np.asarray(q, dtype=np.float64)
    return np.asarray(cap_probability(nominal, cap))


def cap_probability(q: Any, cap: Cap) -> Any:
    if cap == "clip":
        return np.minimum(q, 1.0)
    return -np.expm1(-q)


def chung_lu_weights(degrees: FloatArray) -> FloatArray:
    """w_i = k_i / sqrt(sum k), so that q_ij = w_i w_j."""
    total = float(degrees.sum())
    if total == 0.0:
        return np.zeros_like(degrees)
    return degrees / np.sqrt(total)
