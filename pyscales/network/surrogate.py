"""Dense surrogate of a heterogeneous network: the mean-field theory without a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pyscales.errors import InputError
from pyscales.network.connection_probability import check_degrees
from pyscales.network.couplings import check_dtype, check_symmetry, mixing_coefficients


def sample_surrogate(
    relative_degrees: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    symmetry: float,
    dtype: npt.DTypeLike = "float64",
) -> npt.NDArray[Any]:
    """Draw a dense coupling matrix with the variance profile of a Chung-Lu network.

    W_ij = sqrt(u_i u_j / N) J_ij at unit gain, J_ij ~ N(0, 1), corr(J_ij, J_ji) = `symmetry`,
    W_ii = 0. The variance is that of A_ij J_ij / sqrt(<k>) on a Chung-Lu graph whose probabilities
    are never capped; here neither the cap nor finite degrees disturb the theory.

    Parameters
    ----------
    relative_degrees : array_like, shape (N,)
        u_i = k_i / <k>, >= 0.
    rng : numpy.random.Generator
        Source of randomness.
    symmetry : float
        Correlation in [-1, 1]; exactly symmetric at 1, exactly antisymmetric at -1.
    dtype : {"float64", "float32"}
        Type of the entries.

    Returns
    -------
    ndarray, shape (N, N)
        Cost O(N^2) time and memory, at its peak three matrices.

    Raises
    ------
    InputError
        If the degrees, `symmetry` or `dtype` cannot be used.

    References
    ----------
    Aguirre-Lopez 2024, arXiv:2404.11164; Park, Lee, Lee & Park 2024, arXiv:2403.15730
    (heterogeneous mean-field theory of such profiles).
    """
    symmetry = check_symmetry(symmetry)
    kind = check_dtype(dtype)
    try:
        relative = check_degrees(relative_degrees)
    except InputError as error:
        field = error.field.replace("expected_degrees", "relative_degrees")
        raise InputError(field, error.value, error.allowed, error.fix) from None
    n = relative.size
    if kind == np.float32:
        noise: npt.NDArray[Any] = rng.standard_normal((n, n), dtype=np.float32)
    else:
        noise = rng.standard_normal((n, n))
    a, b = mixing_coefficients(symmetry)
    weights = noise * a
    noise *= b
    weights += noise.T
    profile = np.sqrt(relative / np.sqrt(n)).astype(kind)
    # The product of both factors first: it is symmetric, so equal entries stay equal to the bit.
    weights *= np.multiply.outer(profile, profile)
    np.fill_diagonal(weights, 0.0)
    return weights
