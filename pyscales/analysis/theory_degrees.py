"""Which degrees the theory of a model uses, and the gain that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pyscales.degrees import DegreeLaw, DegreeSequence
from pyscales.errors import InputError
from pyscales.model import Model


@dataclass(frozen=True)
class TheoryDegrees:
    """Degrees and gain for the rank-one theory of a model.

    Attributes
    ----------
    law : DegreeLaw
    gain : float
        g sqrt(<k>_law / <k>): the couplings keep the variance g^2/<k> of the nominal mean degree.
    choice : str
        'nominal', 'finite', 'capped' or 'realised'.
    """

    law: DegreeLaw
    gain: float
    choice: str


def theory_degrees(model: Model, *, seed: int = 0) -> TheoryDegrees:
    """Resolve `model.theory_degrees`.

    'capped' takes the expected degrees kappa'_i = sum_j p_ij after the cap, in a rank-one theory;
    'realised' those of the graph drawn with `seed`. Both keep the correlations between capped
    hubs only on average.
    """
    require_equal_time_constants(model)
    choice = model.theory_degrees
    if choice == "auto":
        choice = "nominal" if model.n_neurons is None else "finite"
    if choice == "nominal":
        return TheoryDegrees(model.degrees, model.gain, choice)
    if choice == "finite" or model.kind == "dense":
        return TheoryDegrees(model.finite_degrees(), model.gain, "finite")
    if choice == "capped":
        from pyscales.network import expected_realised_degrees

        k = expected_realised_degrees(model.finite_degrees().degrees, model.cap)  # type: ignore[arg-type]
    else:
        k = model.sample(np.random.SeedSequence(seed, spawn_key=(0,)).spawn(2)[0]).realised_degrees
    law = DegreeSequence(k, source=choice)
    return TheoryDegrees(
        law, model.gain * np.sqrt(law.mean_degree / model.degrees.mean_degree), choice
    )


def require_equal_time_constants(model: Model) -> None:
    """Refuse theory for spread time constants: its equations have one membrane time."""
    if not model.time_constants.homogeneous:
        raise InputError(
            "time_constants.law",
            model.time_constants.law,
            "homogeneous for theory",
            "The mean-field theory and the spectrum assume equal time constants: simulate, or "
            "leave them out.",
        )


def require_undirected(model: Model) -> None:
    """Refuse theory at symmetry != 0 for directed graphs, where reciprocal pairs are rare."""
    if model.directed and model.symmetry != 0:
        raise InputError(
            "network.directed",
            True,
            "false for theory with symmetry != 0",
            "With independent A_ij and A_ji few pairs are reciprocal: the correlation acts as "
            "symmetry * P(A_ji = 1 | A_ij = 1). Simulate, or use symmetry 0.",
        )
