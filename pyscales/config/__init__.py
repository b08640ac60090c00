"""The configuration file: schema, messages, loading, template."""

from pyscales.config.load import (
    build_config,
    load_config,
    make_degrees,
    make_model,
    make_simulation,
)
from pyscales.config.schema import Config

__all__ = [
    "Config",
    "build_config",
    "load_config",
    "make_degrees",
    "make_model",
    "make_simulation",
]
