"""Which integration method runs: families, shared names, and the automatic choice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError

FloatArray = NDArray[np.float64]

SOLVERS = ("auto", "nonstiff", "stiff")
ADAPTIVE = ("RK45", "DOP853", "RK23")
FIXED = ("ETD3", "ETD3D", "ETD1", "RK4", "Euler")
STIFF = ("BDF",)
METHODS = ("auto", *ADAPTIVE, *FIXED, *STIFF)

PRECISIONS = ("double", "single")
SINGLE_FROM_RTOL = 1e-5

STIFF_BELOW = 0.03


def choose_method(solver: str, method: str, time_constants: FloatArray | None) -> str:
    """The method that runs for a family and a name, either of which may be 'auto'.

    An explicit step is held below about 3 min(tau), whatever moves; an implicit one follows the
    motion, and costs several times as much. 'auto' is stiff where the smallest time constant is
    below 0.03 of the median one, which is where the two cost the same.

    Raises
    ------
    InputError
        Unknown solver or method, or a method of the other family.
    """
    if solver not in SOLVERS:
        raise InputError("solver", solver, "one of " + ", ".join(SOLVERS))
    if method not in METHODS:
        raise InputError("method", method, "one of " + ", ".join(METHODS))
    if method != "auto":
        if solver != "auto" and (solver == "stiff") != (method in STIFF):
            raise InputError(
                "method",
                method,
                f"auto or a {solver} method",
                f"{method} is {'stiff' if method in STIFF else 'nonstiff'}: change one of the two.",
            )
        return method
    if solver == "auto":
        stiff = time_constants is not None and bool(
            time_constants.min() < STIFF_BELOW * np.median(time_constants)
        )
        solver = "stiff" if stiff else "nonstiff"
    return "BDF" if solver == "stiff" else "RK45"


def check_precision(
    precision: str, method: str, rtol: float, sparse: bool = True, field: str = "precision"
) -> None:
    """Refuse single precision where its rounding would be seen.

    Raises
    ------
    InputError
        Unknown precision; single with implicit steps, whose Newton systems need the derivative of
        what they solve, with a tolerance near its rounding, or on a dense network.
    """
    if precision not in PRECISIONS:
        raise InputError(field, precision, "one of " + ", ".join(PRECISIONS))
    if precision == "double":
        return
    if method in STIFF:
        raise InputError(field, precision, f"double with {method}", "Take a nonstiff method.")
    if method in ADAPTIVE and rtol < SINGLE_FROM_RTOL:
        raise InputError(
            field,
            precision,
            f"double with rtol below {SINGLE_FROM_RTOL:g} (it is {rtol:g})",
            "Its products are accurate to about 1e-6.",
        )
    if not sparse:
        raise InputError(field, precision, "double on a dense network")
