"""The configuration file: schema, messages, loading, template."""

from pyscales.config.load import (
    build_config,
    load_config,
    make_degrees,
    make_model,
    make_simulation,
)
from pyscales.config.schema import Config
from pyscales.config.template import to_toml

__all__ = [
    "Config",
    "build_config",
    "load_config",
    "make_degrees",
    "make_model",
    "make_simulation",
    "to_toml",
]
