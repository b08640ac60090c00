"""Errors a user can meet, each with the exit code of the command line.

Every message names the field, the value, the allowed range and the fix.
"""

from __future__ import annotations


class PyscalesError(Exception):
    """Base of all errors that pyscales raises on purpose."""

    exit_code = 1


class InputError(PyscalesError, ValueError):
    """A value, file or option that cannot be used.

    Parameters
    ----------
    field : str
        Name of the offending field, as the user writes it (``gain``, ``degrees.sigma``).
    value : object
        The value received.
    allowed : str
        The allowed range or form.
    fix : str, optional
        What to do instead.
    """

    exit_code = 2

    def __init__(self, field: str, value: object, allowed: str, fix: str = "") -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        self.fix = fix
        shown = repr(value)
        if len(shown) > 80:
            shown = f"{shown[:37]}...{shown[-40:]}"
        message = f"{field} = {shown}: allowed is {allowed}."
        if fix:
            message += f" {fix}"
        super().__init__(message)

    def __reduce__(self) -> tuple[type[InputError], tuple[object, ...]]:
        return (type(self), (self.field, self.value, self.allowed, self.fix))


class ConvergenceError(PyscalesError, ArithmeticError):
    """A solver ended without meeting its tolerance and the caller asked for a converged result."""

    exit_code = 3


class EngineError(PyscalesError, RuntimeError):
    """The engine asked for is not ready on this machine."""

    exit_code = 4
