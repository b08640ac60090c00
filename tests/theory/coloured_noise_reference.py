"""Reference values of one unit with Ornstein-Uhlenbeck noise: s, D, tau and what belongs to them.

<x^2>; L1 distance to the exact density of UCNA, the slides' form, white noise; KL likewise. The
distances are those of the form continued by |h| where h changes sign; None: not defined.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    s: float
    d: float
    tau: float
    variance: float
    l1: tuple[float, float | None, float]
    kl: tuple[float, float | None, float]
    sampled: bool = False

    @property
    def unit(self) -> tuple[float, float, float]:
        return self.s, self.d, self.tau


POINTS = (
    Point(0, 0.5, 1, 0.125, (0.0, 0.332, 0.332), (0, 0.097, 0.097)),
    Point(0.5, 0.5, 1, 0.268689, (0.008, 0.142, 0.196), (0.0001, 0.028, 0.043)),
    Point(0.5, 1, 3, 0.3033, (0.016, 0.322, 0.437), (0.0002, 0.113, 0.173), True),
    Point(0.9, 0.2, 1, 0.3096, (0.017, 0.125, 0.077), (0.0002, 0.013, 0.014), True),
    Point(0.9, 0.5, 3, 0.447, (0.059, 0.308, 0.233), (0.002, 0.074, 0.079)),
    Point(1.2, 0.3, 0.5, 0.841229, (0.013, 0.205, 0.101), (0.0001, 0.027, 0.009)),
    Point(1.2, 0.5, 2, 0.964749, (0.096, 0.626, 0.277), (0.009, 0.248, 0.068)),
    Point(1.5, 0.5, 1, 1.755741, (0.050, 0.569, 0.260), (0.003, 0.210, 0.051)),
    Point(1.5, 1, 1.9, 2.02549, (0.146, 1.29, 0.380), (0.063, 1.12, 0.108)),
    Point(2, 1, 0.8, 3.846435, (0.043, 0.678, 0.278), (0.007, 0.320, 0.060)),
    Point(2, 1, 2, 3.8048, (0.050, None, 0.499), (0.016, None, 0.183)),
    Point(3, 2, 2, 9.20372, (0.045, None, 0.531), (0.020, None, 0.219)),
    Point(5, 3, 7.9, 25.17, (0.007, None, 0.964), (0.001, None, 0.650), True),
)

# s, D, tau, exact T = 2/lambda_1 (relative accuracy), UCNA estimate.
SWITCHING = (
    (1.2, 0.3, 0.5, 14.773, 1e-4, 13.4),
    (1.2, 0.5, 2, 14.493, 1e-4, 11.0),
    (1.5, 0.5, 1, 28.534, 1e-4, 22.8),
    (1.5, 1, 1.9, 19.64, 1e-3, 13.3),
    (2, 1, 0.8, 47.459, 1e-4, 30.2),
    (2, 1, 2, 103.7, 1e-3, 22.0),
    (3, 2, 2, 920.0, 1e-2, 102.0),
)
