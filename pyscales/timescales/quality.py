"""Quality codes that go with every estimated timescale."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt


class Quality(IntEnum):
    """Why a timescale can, or cannot, be trusted; stored as small integers next to the values.

    ``Quality(code).text`` is a sentence for people.
    """

    OK = 0
    NOT_REACHED = 1
    NO_VARIANCE = 2
    AT_BOUND = 3
    POOR_FIT = 4
    NOT_FINITE = 5
    SHORT_WINDOW = 6

    @property
    def text(self) -> str:
        """What the code means, in one sentence."""
        return _TEXTS[self]


_TEXTS: dict[Quality, str] = {
    Quality.OK: "The estimate meets every check.",
    Quality.NOT_REACHED: (
        "The autocorrelation does not fall to the level within the window, or does not change at "
        "all; the value is NaN. Use a longer window."
    ),
    Quality.NO_VARIANCE: (
        "The unit has no variance, so its autocorrelation is undefined; the value is NaN."
    ),
    Quality.AT_BOUND: (
        "The fitted timescale lies at a bound of the search; the value is that bound."
    ),
    Quality.POOR_FIT: (
        "The exponential explains too little of the autocorrelation, or rises instead of decaying; "
        "the value is given but should not be trusted."
    ),
    Quality.NOT_FINITE: "The autocorrelation holds NaN or infinity; the value is NaN.",
    Quality.SHORT_WINDOW: (
        "The timescale is long compared with the window, or the autocorrelation has not decayed at "
        "its end; the value is given but may be too small."
    ),
}


def count_quality(quality: npt.ArrayLike) -> dict[str, int]:
    """Count how often each code occurs.

    Parameters
    ----------
    quality : array_like of int
        Codes of :class:`Quality`, any shape.

    Returns
    -------
    dict of str to int
        Every code by its name, in the order of the codes, zero counts included. Cost O(size).
    """
    codes = np.asarray(quality)
    return {code.name: int(np.count_nonzero(codes == code)) for code in Quality}
