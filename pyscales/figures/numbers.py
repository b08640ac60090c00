"""Numbers as text: with errors, with intervals, as percentages."""

from __future__ import annotations

import math

MINUS = "−"


def plain(value: float, digits: int = 3) -> str:
    """A number with significant digits, in a form people read; 'not available' for NaN."""
    if math.isnan(value):
        return "not available"
    if math.isinf(value):
        return "infinite" if value > 0 else f"{MINUS}infinite"
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{max(digits - 2, 0)}e}".split("e")
        return f"{mantissa}×10{_superscript(int(exponent))}".replace("-", MINUS)
    text = fixed(value, _decimals(value, digits))
    return f"{value:g}".replace("-", MINUS) if len(f"{value:g}") < len(text) else text


def with_error(value: float, error: float, digits: int = 2) -> str:
    """Value and standard error to the same decimal, such as ``0.397 ± 0.014``.

    Without an error the value alone, with a word that says so.
    """
    if not math.isfinite(value):
        return plain(value)
    if not math.isfinite(error):
        return f"{plain(value, 4)} (no error)"
    if error == 0:
        return f"{plain(value, 4)} ± 0"
    decimals = _decimals(error, digits)
    return f"{fixed(value, decimals)} ± {fixed(error, decimals)}"


def with_interval(value: float, low: float, high: float, digits: int = 2) -> str:
    """Value and the ends of its interval, such as ``0.055 [0.037, 0.073]``."""
    if not all(map(math.isfinite, (value, low, high))):
        return f"{plain(value)} (no interval)"
    width = max(high - low, 1e-12)
    decimals = _decimals(width, digits)
    return f"{fixed(value, decimals)} [{fixed(low, decimals)}, {fixed(high, decimals)}]"


def percent(fraction: float, digits: int = 2, sign: bool = False) -> str:
    """A fraction as a percentage."""
    if not math.isfinite(fraction):
        return "not available"
    text = plain(100 * fraction, digits)
    return ("+" if sign and fraction > 0 else "") + text + " %"


def counted(count: int, noun: str) -> str:
    """A count with its noun, such as ``1 network`` and ``3 networks``."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _decimals(value: float, digits: int) -> int:
    """Decimals that show `digits` significant digits."""
    if value == 0:
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))


def fixed(value: float, decimals: int) -> str:
    """A number with a fixed count of decimals; 'not available' for NaN."""
    if not math.isfinite(value):
        return plain(value)
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def _superscript(exponent: int) -> str:
    digits = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return str(exponent).translate(digits)
