"""config init | show | validate | schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyscales.cli import options as o
from pyscales.cli.output import emit, remark

app = typer.Typer(no_args_is_help=True, help="Make, show and check configuration files.")

File = Annotated[Path, typer.Argument(help="TOML configuration file.")]


@app.command()
def init(
    file: Annotated[Path | None, typer.Argument(help="Where to write; default stdout.")] = None,
    force: Annotated[bool, typer.Option(help="Overwrite an existing file.")] = False,
) -> None:
    """Write a commented configuration with every key and its default."""
    from pyscales.config import Config
    from pyscales.config.template import to_toml
    from pyscales.errors import InputError
    from pyscales.results import write_text_atomic

    config = Config()
    config.model.n = 1000
    text = to_toml(config)
    if file is None:
        print(text, end="")
        return
    if file.exists() and not force:
        raise InputError("file", str(file), "a new file", "Add --force to overwrite it.")
    write_text_atomic(file, text)
    remark(f"wrote {file}")


@app.command()
def show(file: File, set_: o.Set = None, as_json: o.Json = False) -> None:
    """Print the resolved configuration: file, overrides and defaults."""
    from pyscales.config import load_config
    from pyscales.config.template import to_toml

    config = load_config(file, set_)
    if as_json:
        emit(config.model_dump(), True)
    else:
        print(to_toml(config, comments=False), end="")


@app.command()
def validate(file: File, set_: o.Set = None) -> None:
    """Check a configuration, its degree law or file included."""
    from pyscales.config import load_config, make_model, make_simulation

    config = load_config(file, set_)
    model, found = make_model(config)
    make_simulation(config)
    print(f"{file}: valid")
    if found is not None:
        print(f"{found.law.n_atoms} neurons, mean degree {found.law.mean_degree:.6g}")


@app.command()
def schema() -> None:
    """Print the JSON schema of the configuration."""
    import json

    from pyscales.config import Config

    print(json.dumps(Config.model_json_schema(), indent=2))
