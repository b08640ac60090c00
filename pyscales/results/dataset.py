"""How results look: `xarray.Dataset` with named dims, units and long names from one table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales._version import __version__

if TYPE_CHECKING:
    import xarray as xr

TIME = "membrane time constants"

UNITS: dict[str, tuple[str, str]] = {
    "lag": (TIME, "time lag"),
    "time": (TIME, "time after the transient"),
    "neuron": ("1", "index of the neuron, ascending expected degree"),
    "network": ("1", "index of the sampled network"),
    "trial": ("1", "index of the initial state"),
    "relative_degree": ("1", "degree over mean degree, u = k/<k>"),
    "degree": ("partners", "expected degree k"),
    "realised_degree": ("partners", "degree in the sampled graph"),
    "gain": ("1", "gain g"),
    "sigma": ("1", "standard deviation of ln k"),
    "symmetry": ("1", "correlation of reciprocal couplings"),
    "gain_ratio": ("1", "gain over the critical gain at symmetry 0"),
    "d0": ("1", "D(0): variance of x per relative degree at symmetry 0"),
    "variance_x": ("1", "population mean of the second moment of x"),
    "variance_x_of_degree": ("1", "second moment of x of neurons of one degree"),
    "variance_phi": ("1", "size-biased second moment of phi(x), C(0)"),
    "autocorrelation": ("1", "size-biased autocorrelation of phi(x), C"),
    "autocorrelation_x": ("1", "autocorrelation of x, mean not subtracted"),
    "autocorrelation_phi": ("1", "autocorrelation of phi(x), mean not subtracted"),
    "autocorrelation_x_population": ("1", "population mean of the autocorrelation of x"),
    "autocorrelation_phi_population": ("1", "population mean of the autocorrelation of phi(x)"),
    "autocorrelation_phi_of_degree": ("1", "autocorrelation of phi(x) of neurons of one degree"),
    "time_constant": (TIME, "time constant tau_i of the neuron"),
    "mean_x": ("1", "time average of x"),
    "mean_square_x": ("1", "time average of x^2"),
    "mean_square_phi": ("1", "time average of phi(x)^2"),
    "population_square_x": ("1", "population average of x^2 in time"),
    "recorded_x": ("1", "state of recorded neurons"),
    "recorded_neuron": ("1", "index of a recorded neuron"),
    "temporal_variance": ("1", "f = <<x^2>_T - <x>_T^2>"),
    "static_power": ("1", "m2 = <<x>_T^2>"),
    "clipped_mass": ("1", "share of the nominal edges lost to the probability cap"),
    "critical_gain": ("1", "onset of instability of x = 0"),
    "critical_gain_static": ("1", "real-axis condition for the instability of x = 0"),
    "frequency": ("radians per membrane time constant", "angular frequency at onset"),
    "eigenvalue_real": ("1 / membrane time constant", "real part of a Jacobian eigenvalue"),
    "eigenvalue_imag": ("1 / membrane time constant", "imaginary part of a Jacobian eigenvalue"),
    "degree_localisation": ("partners", "f_k: mean degree weighted by the right eigenvector"),
    "inverse_participation": ("1", "sum |psi|^4 of the normalised right eigenvector"),
    "dominant_neuron": ("1", "neuron with the largest component of the right eigenvector"),
    "dominant_share": ("1", "its share of |psi|^2"),
    "condition_number": ("1", "condition number of the eigenvalue, |l||r|/|l.r|"),
    "left_degree_localisation": ("partners", "f_k of the left eigenvector"),
    "numerical_abscissa": ("1 / membrane time constant", "largest initial growth rate"),
    "numerical_abscissa_theory": ("1 / membrane time constant", "numerical abscissa (theory)"),
    "rightmost_theory": ("1 / membrane time constant", "rightmost eigenvalue (theory)"),
    "n_neurons": ("1", "neurons of the network"),
    "degree_max": ("partners", "largest expected degree"),
    "static_edge": ("1", "real edge of W at gain 1, hubs in the continuum (theory)"),
    "bulk_edge": ("1", "real edge of W at gain 1 without isolated hubs (theory)"),
    "hub_pole": ("1", "eigenvalue of the largest hub at gain 1 (theory)"),
    "rightmost_eigenvalue": ("1", "rightmost eigenvalue of W at gain 1"),
    "dominant_rank": ("1", "neurons with a larger degree than the dominant one"),
    "critical_gain_network": ("1", "critical gain of the sampled network"),
    "point_real": ("1 / membrane time constant", "real part of a point of the plane"),
    "point_imag": ("1 / membrane time constant", "imaginary part of a point of the plane"),
    "density_estimate": ("membrane time constant^2", "density by random probes"),
    "density_estimate_error": ("membrane time constant^2", "its standard error"),
    "density_smoothed": ("membrane time constant^2", "density at the same width (theory)"),
    "localisation_estimate": ("partners", "f_k by random probes"),
    "localisation_estimate_error": ("partners", "its standard error"),
    "localisation_smoothed": ("partners", "f_k at the same width (theory)"),
    "slope": ("1", "phi'(x)"),
    "slope_mean": ("1", "average of the slope phi'(x) over the neurons"),
    "state": ("1", "x at which the Jacobian is taken"),
    "grid_real": ("1 / membrane time constant", "real part of the grid of the density"),
    "grid_imag": ("1 / membrane time constant", "imaginary part of the grid of the density"),
    "eigenvalue_density": (
        "membrane time constant^2",
        "density in the plane (theory)",
    ),
    "density_levels": ("membrane time constant^2", "density around 75, 50, 25 % of the bulk"),
    "localisation_grid": ("partners", "f_k on the grid (theory)"),
    "overlap_grid": ("1", "mean squared condition number over N (theory)"),
    "axis": ("1 / membrane time constant", "position along the axis of the spectrum of W"),
    "axis_density": ("membrane time constant", "density along the axis (theory)"),
    "axis_localisation": ("partners", "f_k along the axis (theory)"),
    "hub_degree": ("partners", "degree of a hub with a mode of its own"),
    "hub_eigenvalue": ("1 / membrane time constant", "position of a hub's mode in W (theory)"),
    "hub_share": ("1", "share of the mode's eigenvector on its hub (theory)"),
    "hub_condition": ("1", "condition number of a hub's eigenvalue (theory)"),
    "hub_spread": ("1", "sd of a hub's eigenvalue over networks (theory)"),
    "rightmost_expected": (
        "1 / membrane time constant",
        "mean of the rightmost eigenvalue over networks when hubs compete (theory)",
    ),
    "rightmost_spread": (
        "1 / membrane time constant",
        "sd of the rightmost eigenvalue over networks (theory)",
    ),
    "residual": ("1", "residual of the solver"),
    "spectral_radius": ("1", "radius of the bulk spectrum of W"),
    "boundary_real": ("1 / membrane time constant", "real part of the bulk boundary"),
    "boundary_imag": ("1 / membrane time constant", "imaginary part of the bulk boundary"),
    "radius": ("1", "distance from the centre of the spectrum"),
    "radial_distribution": ("1", "fraction of eigenvalues within the radius (theory)"),
    "degree_localisation_theory": ("partners", "f_k at this radius (theory)"),
    "edge_density": ("1", "share of connected pairs between two blocks of neurons"),
    "law_degree": ("partners", "degree"),
    "law_density": ("1 / partner", "probability density of the degree law"),
    "exponent": ("1", "index of the Lyapunov exponent, descending"),
    "lyapunov_exponent": ("1 / membrane time constant", "Lyapunov exponent of one trajectory"),
    "lyapunov_exponent_error": ("1 / membrane time constant", "its standard error from blocks"),
    "lyapunov_max_error": ("1 / membrane time constant", "standard error of the largest exponent"),
    "lyapunov_max_theory": ("1 / membrane time constant", "largest exponent in mean-field theory"),
    "kaplan_yorke_dimension": ("1", "Kaplan-Yorke dimension of the attractor"),
    "entropy_rate": ("nats / membrane time constant", "sum of the positive Lyapunov exponents"),
    "share_at_rest": ("1", "share of trajectories at rest"),
    "share_chaotic": ("1", "share of trajectories in chaos"),
    "x": ("1", "state of the unit"),
    "form": ("1", "form of the stationary density"),
    "reference_form": ("1", "form compared with the sampled density"),
    "self_coupling": ("1", "effective self-coupling s"),
    "noise_strength": ("1", "D = 2 int_0^inf of the noise autocorrelation"),
    "noise_time": (TIME, "correlation time of the noise, int C / C(0)"),
    "support_edge": ("1", "edge of the forbidden zone |x| < x_c, 0 for none"),
    "density": ("1", "approximate stationary density of x"),
    "density_exact": ("1", "exact stationary density of x for Ornstein-Uhlenbeck noise"),
    "density_converged": ("1", "1 where the exact density is resolved to 0.1 %"),
    "l1": ("1", "int |P - P_exact|, 0..2"),
    "kl": ("nats", "Kullback-Leibler divergence KL(P_exact || P)"),
    "kl_reverse": ("nats", "Kullback-Leibler divergence KL(P || P_exact)"),
    "normalisation": ("1", "integral of the density"),
    "variance_x_form": ("1", "second moment of x in this form"),
    "variance_x_exact": ("1", "second moment of x, exact"),
    "mode": ("1", "outermost maximum of the density, x >= 0"),
    "well_depth": ("1", "ln P(mode) / P(0)"),
    "well": ("1", "positive root x0 of x = s tanh x, 0 for none"),
    "barrier": ("1", "effective potential at the barrier over that in the well, units of D/2"),
    "switching_time": (TIME, "mean time in one well, 2/lambda_1, exact"),
    "switching_time_ucna": (TIME, "mean time in one well, UCNA: a lower estimate"),
    "switching_ratio": ("1", "UCNA switching time over the exact one"),
    "rate_odd": ("1 / membrane time constant", "slowest rate of odd functions, lambda_1"),
    "rate_residual": ("1", "relative change of lambda_1 against the coarser solution"),
    "relative_degree_of_point": ("1", "relative degree the unit stands for"),
    "bin_edge": ("1", "edges of the bins of |x|"),
    "density_sampled": ("1", "sampled stationary density of x at the bins of |x|"),
    "density_sampled_error": ("1", "its standard error"),
    "l1_sampled": ("1", "L1 distance to the sampled density"),
    "l1_sampled_error": ("1", "its standard error"),
    "kl_sampled": ("nats", "KL(sampled || form)"),
    "kl_sampled_error": ("nats", "its standard error"),
    "variance_x_sampled": ("1", "second moment of x, sampled"),
    "variance_x_sampled_error": ("1", "its standard error"),
    "switching_time_sampled": (TIME, "mean time in one well, sampled"),
    "switching_time_sampled_error": (TIME, "its standard error"),
    "autocorrelation_x_of_degree": ("1", "autocorrelation of x of neurons of one degree"),
    "response": ("1 / membrane time constant", "size-biased response of phi to a field, G"),
    "earlier_time": (TIME, "earlier of two times"),
    "autocorrelation_two_time": ("1", "size-biased correlation of phi(x) at two times, C(t, t')"),
    "response_two_time": ("1 / membrane time constant", "response to an earlier field, G(t, t')"),
    "variance_x_in_time": ("1", "population mean of x^2"),
    "variance_phi_in_time": ("1", "size-biased second moment of phi(x), C(t, t)"),
    "variance_x_in_time_of_degree": ("1", "second moment of x of neurons of one degree"),
    "mean_x_in_time_of_degree": ("1", "mean of x of neurons of one degree"),
    "degree_slope": ("1", "slope of ln timescale of x on ln degree over the neurons"),
    "degree_slope_phi": ("1", "slope of ln timescale of phi(x) on ln degree over the neurons"),
    "log_spread": ("1", "standard deviation of ln timescale of x over the neurons"),
    "log_spread_phi": ("1", "standard deviation of ln timescale of phi(x) over the neurons"),
    "order_parameter_q": ("1", "size-biased second moment of phi in the static state, q"),
    "static_instability": ("1", "Lambda: below 1 the typical static state is stable"),
    "static_density": ("1", "density of the static state of neurons of one degree"),
    "bistability_threshold": ("1", "relative degree above which neurons are bistable, k_c/<k>"),
    "fraction_bistable": ("1", "share of neurons with self-coupling above 1"),
    "quantile": ("1", "cumulative probability over the neurons"),
    "source": ("1", "where the susceptibility comes from"),
    "susceptibility": ("1", "integral of the response, chi"),
    "lyapunov_max": ("1 / membrane time constant", "largest Lyapunov exponent"),
}


def make_dataset(
    variables: dict[str, tuple[tuple[str, ...], Any]],
    coords: dict[str, tuple[tuple[str, ...], Any]] | None = None,
    attrs: dict[str, Any] | None = None,
) -> xr.Dataset:
    """Assemble a Dataset; every variable gets `units` and `long_name`.

    Timescales are named ``timescale_*`` and their quality flags ``timescale_*_quality``; all other
    names must be in `UNITS`.
    """
    import xarray as xr

    def wrap(name: str, entry: tuple[tuple[str, ...], Any]) -> tuple[Any, Any, dict[str, str]]:
        units, long_name = _describe(name)
        return (entry[0], np.asarray(entry[1]), {"units": units, "long_name": long_name})

    dataset = xr.Dataset(
        {k: wrap(k, v) for k, v in variables.items()},
        {k: wrap(k, v) for k, v in (coords or {}).items()},
    )
    dataset.attrs = {"pyscales_version": __version__} | {
        k: _plain(v) for k, v in (attrs or {}).items()
    }
    return dataset


def _describe(name: str) -> tuple[str, str]:
    if name in UNITS:
        return UNITS[name]
    if name.endswith("_error") and not name.startswith("timescale_quality"):
        units, long_name = _describe(name.removesuffix("_error"))
        return units, f"standard error: {long_name}"
    if name.startswith("timescale_"):
        words = name.removeprefix("timescale_").replace("_quality", "").replace("_", " ")
        if name.endswith("_quality"):
            return "1", f"quality flag of the timescale ({words})"
        return TIME, f"timescale ({words})"
    raise KeyError(f"no units known for {name!r}")


def _plain(value: Any) -> Any:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, default=str)
    return value
