"""Configurations as commented TOML text."""

from __future__ import annotations

import tomlkit
from tomlkit.items import Table

from pyscales.config.schema import Config, Section


def to_toml(config: Config, *, comments: bool = True) -> str:
    """A configuration as TOML; keys without a value appear as comments."""
    document = tomlkit.document()
    document.add(tomlkit.comment("pyscales configuration. Times in membrane time constants."))
    for name in type(config).model_fields:
        section: Section = getattr(config, name)
        table = tomlkit.table()
        if comments and section.__doc__:
            table.add(tomlkit.comment(section.__doc__.strip()))
        _fill(table, section, comments)
        document.add(name, table)
    return tomlkit.dumps(document)


def _fill(table: Table, section: Section, comments: bool) -> None:
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if value is None:
            table.add(tomlkit.comment(f"{key} =    # {field.description}"))
            continue
        item = tomlkit.item(value)
        if comments and field.description:
            item.comment(field.description)
        table.add(key, item)
