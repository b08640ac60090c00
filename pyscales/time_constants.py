"""Membrane time constants of the neurons: equal, spread by a law, or read from a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyscales.errors import InputError

FloatArray = NDArray[np.float64]

TIME_CONSTANT_LAWS = ("homogeneous", "lognormal", "log-uniform", "file")
_WIDEST = {"lognormal": 6.0, "log-uniform": 8.0}


@dataclass(frozen=True)
class TimeConstants:
    """tau_i of tau_i dx_i/dt = -x_i + sum_j W_ij tanh(x_j); their geometric mean is the time unit.

    Independent of the degrees. The fixed points of a network do not depend on tau; their
    stability, and everything in time, does.

    Parameters
    ----------
    law : {'homogeneous', 'lognormal', 'log-uniform', 'file'}
        All one; ln tau normal; log10 tau uniform; or values as given.
    spread : float
        Lognormal: standard deviation of ln tau. Log-uniform: decades from the smallest to the
        largest. Unused otherwise.
    values : ndarray, shape (n,), optional
        For 'file': one per neuron, in the order of the neurons (ascending expected degree), in
        units of the membrane time constant.

    Raises
    ------
    InputError
        Unknown law; spread not positive or above 6 (lognormal) or 8 decades; values not positive.
    """

    law: str = "homogeneous"
    spread: float = 0.0
    values: FloatArray | None = field(default=None, repr=False, compare=False)
    digest: str = field(default="", init=False)

    def __post_init__(self) -> None:
        name = "time_constants"
        if self.law not in TIME_CONSTANT_LAWS:
            raise InputError(f"{name}.law", self.law, "one of " + ", ".join(TIME_CONSTANT_LAWS))
        if self.law in _WIDEST:
            widest = _WIDEST[self.law]
            if not (np.isfinite(self.spread) and 0 < self.spread <= widest):
                raise InputError(
                    f"{name}.spread",
                    self.spread,
                    f"a number > 0 and <= {widest:g}",
                    "Lognormal: sd of ln tau; log-uniform: decades.",
                )
        elif self.spread != 0:
            raise InputError(
                f"{name}.spread", self.spread, f"absent for the {self.law} law", "Leave it out."
            )
        if self.law != "file":
            if self.values is not None:
                raise InputError(f"{name}.values", "given", "absent unless law = 'file'")
            return
        if self.values is None:
            raise InputError(f"{name}.values", None, "one time constant per neuron")
        tau = np.array(self.values, dtype=float)
        if tau.ndim != 1 or tau.size == 0 or not (np.isfinite(tau).all() and (tau > 0).all()):
            raise InputError(f"{name}.values", tau.shape, "finite numbers > 0, one per neuron")
        tau.flags.writeable = False
        object.__setattr__(self, "values", tau)
        object.__setattr__(self, "digest", hashlib.sha256(tau.tobytes()).hexdigest()[:12])

    @property
    def homogeneous(self) -> bool:
        """Whether all are one, so that nothing needs to be drawn."""
        return self.law == "homogeneous"

    def sample(self, n: int, seed: np.random.SeedSequence) -> FloatArray | None:
        """tau_i of one network, shape (n,); None when all are one."""
        if self.homogeneous:
            return None
        if self.values is not None:
            if self.values.size != n:
                raise InputError(
                    "time_constants.file",
                    self.values.size,
                    f"{n} values, one per neuron",
                    "Give one per line, in ascending order of the expected degree.",
                )
            return self.values
        rng = np.random.default_rng(seed)
        if self.law == "lognormal":
            return np.exp(self.spread * rng.standard_normal(n))
        return np.asarray(10.0 ** (self.spread * (rng.random(n) - 0.5)))

    def parameters(self) -> dict[str, Any]:
        """Plain values that define the law."""
        out: dict[str, Any] = {"law": self.law}
        if self.law in _WIDEST:
            out["spread"] = self.spread
        if self.digest:
            out["sha256"] = self.digest
        return out


def read_time_constants(path: str | Path) -> TimeConstants:
    """Time constants from a text file, one number per line; `#` starts a comment.

    Raises
    ------
    InputError
        Missing file, or a line that is not a number.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InputError(
            "time_constants.file", str(path), "a readable text file, one number per line"
        ) from None
    found: list[float] = []
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            found.append(float(text))
        except ValueError:
            raise InputError(
                "time_constants.file", str(path), "one number per line", f"Line {number}: {text!r}."
            ) from None
    return TimeConstants("file", values=np.array(found))
