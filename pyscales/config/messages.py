"""Validation errors in the words of the user: field, value, allowed range, fix."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError

from pyscales.errors import InputError


def input_error_from(error: ValidationError, schema: type[BaseModel]) -> InputError:
    """The first problem of a pydantic error as an InputError."""
    problems = error.errors()
    first = problems[0]
    field = ".".join(str(p) for p in first["loc"]) or "config"
    more = f" ({len(problems) - 1} more problem(s) follow.)" if len(problems) > 1 else ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(schema, first["loc"][:-1])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Remove the key or correct its name."
        return InputError(field, first["input"], "known keys: " + ", ".join(known), hint + more)
    return InputError(field, first["input"], _allowed(first), ("Change it." + more))


def _allowed(problem: Any) -> str:
    context = problem.get("ctx", {})
    kind = problem["type"]
    words = {
        "greater_than_equal": f"a number >= {context.get('ge')}",
        "greater_than": f"a number > {context.get('gt')}",
        "less_than_equal": f"a number <= {context.get('le')}",
        "literal_error": f"one of {context.get('expected')}",
        "too_short": f"a list of at least {context.get('min_length')} value(s)",
        "int_parsing": "a whole number",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_parsing": "a number",
        "float_type": "a number",
        "bool_parsing": "true or false",
        "bool_type": "true or false",
        "list_type": "a list, [a, b, ...]",
        "string_type": "text in quotes",
        "model_type": "a section with keys",
    }
    return words.get(kind, problem["msg"])


def _known_keys(schema: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    for name in path:
        field = schema.model_fields.get(str(name))
        annotation = None if field is None else field.annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        schema = annotation
    return list(schema.model_fields)
