"""The model object: ranges, finite degrees, sampling."""

from __future__ import annotations

import numpy as np
import pytest

from pyscales import DegreeSequence, InputError, Lognormal, Model


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"gain": -1.0}, "gain"),
        ({"gain": np.inf}, "gain"),
        ({"symmetry": 1.0001}, "symmetry"),
        ({"symmetry": np.nan}, "symmetry"),
        ({"n": 1}, "n"),
        ({"n": 40}, "n"),
        ({"kind": "small-world"}, "kind"),
        ({"cap": "none"}, "cap"),
        ({"degree_sampling": "sobol"}, "degree_sampling"),
        ({"theory_degrees": "ideal"}, "theory_degrees"),
    ],
)
def test_ranges(changes, field):
    with pytest.raises(InputError) as caught:
        Model(**({"degrees": Lognormal(50.0, 0.5), "gain": 1.0} | changes))
    assert caught.value.field == field
    assert caught.value.exit_code == 2


def test_measured_degrees_bring_their_own_size_and_bound():
    law = DegreeSequence(np.array([1.0, 2.0, 3.0, 4.0, 90.0] * 20))
    assert Model(law, 1.0).n_neurons == 100
    with pytest.raises(InputError, match="largest degree 90"):
        Model(law, 1.0, n=80)
    assert Model(law, 1.0, n=80, kind="dense").n_neurons == 80


def test_quantile_degrees_keep_the_mean_and_random_ones_follow_the_law():
    model = Model(Lognormal(30.0, 0.7), 1.0, n=4000)
    assert model.finite_degrees().degrees.mean() == pytest.approx(30.0, abs=1e-10)
    drawn = model.with_(degree_sampling="random").network_degrees(np.random.SeedSequence(1))
    z = np.sort((np.log(drawn / 30.0) + 0.7**2 / 2) / 0.7)
    from scipy.stats import kstest

    assert kstest(z, "norm").pvalue > 1e-3
    assert (np.diff(drawn) >= 0).all()


def test_same_seed_same_network_and_symmetry_changes_only_couplings():
    model = Model(Lognormal(20.0, 0.5), 1.0, 0.3, n=300)
    first, again, other = (
        model.sample(4),
        model.sample(4),
        model.with_(symmetry=-0.3).sample(4),
    )
    np.testing.assert_array_equal(first.weights.data, again.weights.data)
    np.testing.assert_array_equal(first.weights.indices, other.weights.indices)
    assert not np.array_equal(first.weights.data, other.weights.data)
