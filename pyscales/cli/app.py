"""The typer application."""

from __future__ import annotations

from typing import Annotated

import typer

from pyscales._version import __version__
from pyscales.cli import config_commands, connectome_commands, julia_commands, sweep_commands
from pyscales.cli.cite_command import cite
from pyscales.cli.doctor_command import doctor
from pyscales.cli.fixed_point_commands import fixed_points, self_couplings
from pyscales.cli.lyapunov_command import lyapunov
from pyscales.cli.memory_commands import theory_timescales, two_time
from pyscales.cli.output import keep_in, set_quiet
from pyscales.cli.reproduce_command import reproduce
from pyscales.cli.run_command import run
from pyscales.cli.simulation_commands import simulate, timescales
from pyscales.cli.spectrum_command import spectrum
from pyscales.cli.theory_commands import critical_gain, dmft, phase_diagram
from pyscales.cli.ucna_command import ucna

app = typer.Typer(
    name="pyscales",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Why neurons in one network keep different time: networks, mean-field theory, spectra "
    "and timescales from one configuration.",
    epilog="Exit codes: 0 ok, 2 bad input, 3 not converged, 4 engine missing, 130 interrupted.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Data and problems only: no progress, no remarks.")
    ] = False,
) -> None:
    """Options common to all commands."""
    set_quiet(quiet)
    keep_in(None)


app.command("reproduce")(reproduce)
app.command("run")(run)
app.command("simulate")(simulate)
app.command("dmft")(dmft)
app.command("two-time")(two_time)
app.command("theory-timescales")(theory_timescales)
app.command("critical-gain")(critical_gain)
app.command("phase-diagram")(phase_diagram)
app.command("spectrum")(spectrum)
app.command("timescales")(timescales)
app.command("lyapunov")(lyapunov)
app.command("ucna")(ucna)
app.command("microns")(connectome_commands.microns)
app.command("fixed-points")(fixed_points)
app.command("self-couplings")(self_couplings)
app.command("cite")(cite)
app.command("doctor")(doctor)
app.add_typer(connectome_commands.app, name="connectome")
app.add_typer(sweep_commands.app, name="sweep")
app.add_typer(config_commands.app, name="config")
app.add_typer(julia_commands.app, name="julia")
