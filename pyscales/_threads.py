"""One BLAS thread for small dense algebra."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def single_threaded_blas(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function with one BLAS thread.

    Small matrices lose more to waiting threads than they gain, most of all on a busy machine.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
