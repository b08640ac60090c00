"""Who races, with which integrators, and when two of them are equally accurate.

Chaotic trajectories of two integrators part; their statistics need not. A setting is admitted if,
over `ACCURACY_UNITS` of time and eight trials of the network of 10 000 neurons, the autocovariances
of x at all `LAGS` are compatible with a deviation of `TOLERANCE` from the reference's, in units of
the variance: they deviate by less than that and two standard errors. Each contender then runs at
the admitted setting with fewest products.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCURACY_N = 10_000
ACCURACY_UNITS = 2000
CHUNK = 20
LAGS = (0, 1, 3, 6)
MEAN_ENTRIES = 100
TOLERANCE = 0.005
REFERENCE = ("mkl_loop", "single", "rk4", 1 / 5)

SIZES = (1_000, 10_000, 100_000)
TRIALS = (1, 8)
SECONDS = {1_000: 0.1, 10_000: 0.3, 100_000: 2.0}
REPEATS = {1_000: 7, 10_000: 7, 100_000: 5}

RK4 = [("rk4", 1.0), ("rk4", 1 / 2)]
LOW = [("midpoint", 1.0), ("midpoint", 1 / 2), ("heun", 1.0), ("heun", 1 / 2), ("heun", 1 / 3)]
EXPONENTIAL = [("etd1", h) for h in (1.0, 1 / 2, 1 / 4, 1 / 10)]
OURS_TOO = [
    *EXPONENTIAL,
    *(("etd3", h) for h in (1 / 2, 1 / 3, 1 / 4)),
    *(("etd3d", h) for h in (1.0, 1 / 2, 1 / 3)),
]
TORCH = [*RK4, ("heun3", 1.0), ("heun3", 1 / 2), *LOW[:2], *(("euler", h) for h in (1 / 4, 1 / 10))]
DIFFRAX = [("bosh3", 1.0), ("bosh3", 1 / 2), *LOW]
ADAPTIVE = [("RK45", 1e-1), ("RK45", 1e-2)]

Setting = tuple[str, float]


@dataclass(frozen=True)
class Entry:
    """One contender in one precision.

    Attributes
    ----------
    module : str
        In `contenders`.
    label : str
    precision : str
    settings : list of (method, step or rtol)
    measured_by : str
        Contender whose accuracy with the same arithmetic counts; itself by default.
    names : dict
        Names of these methods in the contender, where they differ.
    package : bool
        A package that integrates, not a loop written by hand around a product.
    largest, most_trials : int
        Largest network and number of trials it takes part with.
    """

    module: str
    label: str
    precision: str
    settings: list[Setting]
    measured_by: str = ""
    names: tuple[tuple[str, str], ...] = ()
    package: bool = True
    largest: int = 100_000
    most_trials: int = 8

    @property
    def key(self) -> str:
        """Part of file names."""
        return f"{self.module}-{self.precision}-{self.settings[0][0]}"

    def name_of(self, method: str) -> str:
        """Method as the contender calls it."""
        return dict(self.names).get(method, method)


OWN = {"measured_by": "mkl_loop", "names": (("etd1", "ETD1"), ("etd3", "ETD3"), ("etd3d", "ETD3D"))}
OURS = [
    Entry(module, label, precision, OURS_TOO, **OWN)
    for module, label in (
        ("pyscales_julia", "pyscales, Julia engine"),
        ("pyscales_engine", "pyscales, embedded engine"),
        ("pyscales_mkl", "pyscales, embedded with MKL"),
    )
    for precision in ("single", "double")
]
PEERS = [
    Entry("scipy_ivp", "scipy solve_ivp, CSR", "double", ADAPTIVE),
    Entry("torchdiffeq_csr", "torchdiffeq, CSR (MKL)", "single", TORCH, "mkl_loop"),
    Entry("torchdiffeq_csr", "torchdiffeq, CSR (MKL)", "double", TORCH, "mkl_loop"),
    Entry("diffrax_sparse", "diffrax", "single", DIFFRAX, "mkl_loop"),
    Entry("brainpy_loop", "BrainPy", "single", [*EXPONENTIAL, *TORCH[:4]], "mkl_loop"),
    Entry("brian2_rate", "Brian2 (Cython)", "double", EXPONENTIAL, "mkl_loop", most_trials=1),
    Entry("nest_rate", "NEST", "double", EXPONENTIAL, "mkl_loop", largest=1_000, most_trials=1),
    Entry("mkl_loop", "loop on MKL's product", "single", TORCH, package=False),
    Entry("mkl_loop", "loop on MKL's product", "double", TORCH, "mkl_loop", package=False),
    Entry("mkl_loop", "the same, our method", "single", OURS_TOO, package=False),
    Entry("mkl_loop", "the same, our method", "double", OURS_TOO, "mkl_loop", package=False),
]

ABSENT = {
    "PyRates": "not tried: it holds the couplings of a population as a dense matrix, 800 MB and "
    "1e8 products per evaluation at 1e4 neurons",
    "NEST": "its module is there; at 1e4 neurons building and sorting the connections took longer "
    "than the three minutes of a piece",
}


def accuracy_runs() -> list[tuple[str, str, str, float]]:
    """(contender, precision, method, step) of every accuracy to measure, the reference first."""
    runs = [REFERENCE]
    for entry in [*PEERS, *OURS]:
        by = entry.measured_by or entry.module
        for method, step in entry.settings:
            precision = "single" if by == "mkl_loop" else entry.precision
            if (by, precision, method, step) not in runs:
                runs.append((by, precision, method, step))
    # The engines themselves, in either precision.
    for precision in ("double", "single"):
        runs.append(("pyscales_julia", precision, "ETD3", 1 / 3))
        runs.append(("pyscales_julia", precision, "ETD3D", 1 / 2))
    runs.append(("pyscales_engine", "single", "ETD3", 1 / 3))
    runs.append(("pyscales_engine", "single", "ETD3D", 1 / 2))
    runs.append(("pyscales_julia", "double", "RK45", 1e-2))
    return runs
