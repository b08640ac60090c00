"""The study end to end: degrees, phase diagram, spectrum, autocorrelations, timescales."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyscales.analysis.critical_gain import critical_gain, critical_gain_of_law
from pyscales.analysis.dmft import dmft
from pyscales.analysis.network_timescales import network_timescales, timescale_by_degree
from pyscales.analysis.outliers import hub_outliers
from pyscales.analysis.phase_diagram import phase_diagram
from pyscales.analysis.spectrum import spectrum
from pyscales.analysis.theory_timescales import theory_timescales
from pyscales.degrees import DegreeLaw, DegreeSequence, Lognormal
from pyscales.errors import InputError
from pyscales.model import Model
from pyscales.results import Store, provenance, write_text_atomic
from pyscales.simulation import simulate
from pyscales.study.comparison import compare
from pyscales.study.degrees_figure_data import degree_data
from pyscales.study.memory_pieces import add_memory_pieces
from pyscales.study.presets import PRESETS, Preset

if TYPE_CHECKING:
    import xarray as xr

Progress = Callable[[str, float], None]


@dataclass
class Study:
    """Everything the figures and the report are made of.

    Attributes
    ----------
    model : Model
        Base model; its gain is the critical gain at symmetry 0 of the network's degrees.
    preset : Preset
    seed : int
    pieces : dict of Dataset
        'degrees', 'phase_diagram', 'spectrum_zero', 'spectrum_positive', 'spectrum_state',
        'hub_outliers' (unless the largest degree exceeds every size), 'theory_<i>',
        'simulation_<i>', 'simulation_zero', 'simulation_positive', 'timescales_zero',
        'timescales_positive'; with `theory_trajectories`, 'theory_timescales_zero' and
        '..._positive', 'self_couplings', 'ucna', 'lyapunov'.
    comparison : list of dict
        Theory against simulation (see `pyscales.study.comparison`).
    by_degree : dict
        For 'zero' and 'positive', per timescale name: binned medians and rank correlation.
    critical : dict
        Critical gains at symmetry 0 and at the positive symmetry.
    cases : list of dict
        Label of each theory/simulation pair.
    notes : list of str
        What a reader must know: cap, isolated neurons, quality flags.
    """

    model: Model
    preset: Preset
    seed: int
    pieces: dict[str, xr.Dataset] = field(default_factory=dict)
    comparison: list[dict[str, Any]] = field(default_factory=list)
    by_degree: dict[str, dict[str, Any]] = field(default_factory=dict)
    critical: dict[str, Any] = field(default_factory=dict)
    cases: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)


def reproduce(
    preset: str | Preset = "quick",
    *,
    degrees: DegreeLaw | None = None,
    n: int | None = None,
    seed: int = 1,
    folder: str | Path | None = None,
    engine: str = "auto",
    progress: Progress | None = None,
    notes: list[str] | None = None,
) -> Study:
    """Run the study on lognormal degrees, or on a given law or measured sequence.

    Parameters
    ----------
    preset : {'quick', 'paper'} or Preset
    degrees : DegreeLaw, optional
    n : int, optional
        Neurons; default the preset's, or the length of a measured sequence.
    seed : int
    folder : path, optional
        Finished pieces are kept in ``folder/data`` and read back by a later call with the same
        parameters.
    progress : callable, optional
        Called with (label, fraction of that part).

    Returns
    -------
    Study
    """
    settings = PRESETS[preset] if isinstance(preset, str) else preset
    if n is not None:
        settings = replace(settings, comparison_n=n)
    law = degrees or Lognormal(settings.mean_degree, settings.sigma)
    size = n or law.n_atoms or settings.n
    model = Model(law, 1.0, 0.0, n=size)
    g0 = critical_gain(model).critical_gain
    study = Study(model.with_(gain=g0), settings, seed, notes=list(notes or []))
    store = Store(None if folder is None else Path(folder) / "data")
    run = _Runner(study, store, engine, progress)
    run.degrees()
    run.critical()
    run.phase_diagram()
    run.spectra()
    run.outliers()
    run.comparisons()
    run.timescales()
    if settings.theory_trajectories:
        add_memory_pieces(
            study,
            run._piece,
            _atoms(study.model),
            engine=engine,
            substore=run._substore,
            progress=run.report,
        )
    study.provenance = provenance(
        {"preset": asdict(settings), "model": study.model.parameters()}, seed
    )
    if folder is not None:
        _write_summary(study, Path(folder))
    return study


class _Runner:
    def __init__(self, study: Study, store: Store, engine: str, progress: Progress | None) -> None:
        self.study = study
        self.store = store
        self.engine = engine
        self.report = progress or (lambda label, fraction: None)

    def _piece(self, name: str, recipe: dict[str, Any], compute: Callable[[], xr.Dataset]) -> None:
        recipe = {"piece": name, "seed": self.study.seed, "engine": self.engine} | recipe
        self.study.pieces[name] = self.store.get(name, recipe, compute)

    def _substore(self, name: str) -> Store:
        return Store(None if self.store.folder is None else self.store.folder / "parts" / name)

    def degrees(self) -> None:
        self.report("degrees", 0.0)
        model = self.study.model
        self._piece(
            "degrees",
            model.parameters() | _atoms(model),
            lambda: degree_data(model, seed=self.study.seed),
        )
        lost = float(self.study.pieces["degrees"]["clipped_mass"])
        if lost > 0:
            self.study.notes.append(
                f"The probability cap removes {100 * lost:.2g} % of the nominal edges; network "
                "theory uses the N quantiles (finite degrees), not the capped ones."
            )
        self.report("degrees", 1.0)

    def critical(self) -> None:
        positive = self.study.preset.positive_symmetry
        self.study.critical = {
            "zero": critical_gain(self.study.model).to_dict(),
            "positive": critical_gain(self.study.model.with_(symmetry=positive)).to_dict(),
            "negative": critical_gain_of_law(self.study.model.degrees, -0.5).to_dict(),
        }

    def phase_diagram(self) -> None:
        preset, model = self.study.preset, self.study.model
        lognormal = isinstance(model.degrees, Lognormal)
        axis = "sigma" if lognormal else "symmetry"
        values = np.array(preset.sigmas if lognormal else preset.symmetries)
        gains = model.gain * np.array(preset.diagram_ratios)
        size = model.n if isinstance(model.degrees, DegreeSequence) else preset.diagram_n
        base = model.with_(n=size)
        self._piece(
            "phase_diagram",
            base.parameters()
            | _atoms(model)
            | {
                "axis": axis,
                "values": values.tolist(),
                "gains": gains.tolist(),
                "simulation": asdict(preset.diagram),
            },
            lambda: phase_diagram(
                base,
                axis,
                values,
                gains,
                simulation=preset.diagram,
                seed=self.study.seed,
                engine=self.engine,
                store=self._substore("phase_diagram"),
                progress=self.report,
            ),
        )

    def spectra(self) -> None:
        preset, model = self.study.preset, self.study.model
        size = min(preset.spectrum_n, model.n or preset.spectrum_n)
        law = model.degrees
        if isinstance(law, DegreeSequence) and law.u_max * law.mean_degree > size - 1:
            size = min(model.n or size, int(law.u_max * law.mean_degree) + 2)
        for name, symmetry in (("zero", 0.0), ("positive", preset.positive_symmetry)):
            self.report("spectrum", 0.0 if symmetry == 0 else 0.5)
            point = model.with_(n=size, symmetry=symmetry)
            self._piece(
                f"spectrum_{name}",
                point.parameters() | _atoms(point) | {"theory": "density"},
                lambda point=point: spectrum(  # type: ignore[misc]
                    point, seed=self.study.seed, method="dense", engine=self.engine
                ),
            )
        active = model.with_(n=size, gain=preset.timescale_ratio * model.gain)
        settings: dict[str, Any] = {"at": "trajectory", "snapshots": 1, "transient": 60.0}
        self._piece(
            "spectrum_state",
            active.parameters() | _atoms(active) | settings,
            lambda: spectrum(
                active, seed=self.study.seed, method="dense", engine=self.engine, **settings
            ),
        )
        self.report("spectrum", 1.0)

    def outliers(self) -> None:
        preset, model = self.study.preset, self.study.model
        law = model.degrees
        least = law.mean_degree + 1
        if isinstance(law, DegreeSequence):
            least = law.u_max * law.mean_degree + 2
        sizes = [n for n in preset.outlier_sizes if n > least]
        if not sizes:
            self.study.notes.append(
                "Hub outliers against size are left out: the largest degree exceeds every size."
            )
            return
        point = model.with_(symmetry=preset.outlier_symmetry, n=None)
        self._piece(
            "hub_outliers",
            point.parameters()
            | _atoms(point)
            | {"sizes": sizes, "n_networks": preset.outlier_networks},
            lambda: hub_outliers(
                point,
                sizes,
                n_networks=preset.outlier_networks,
                seed=self.study.seed,
                engine=self.engine,
                progress=self.report,
            ),
        )

    def comparisons(self) -> None:
        preset, base = self.study.preset, self.study.model
        laws: list[tuple[dict[str, Any], Model]] = []
        if isinstance(base.degrees, Lognormal):
            for sigma in preset.comparison_sigmas:
                law = Lognormal(base.degrees.mean_degree, sigma, base.degrees.k_max)
                laws.append(({"sigma": sigma}, base.with_(degrees=law, n=preset.comparison_n)))
        else:
            laws.append(({"degrees": base.degrees.name}, base))
        points = [
            (label | {"gain": ratio * g0, "gain_ratio": ratio}, model.with_(gain=ratio * g0))
            for label, model in laws
            for g0 in [critical_gain(model).critical_gain]
            for ratio in preset.comparison_ratios
        ]
        for i, (label, model) in enumerate(points):
            theory = dmft(model, seed=self.study.seed)
            name = f"simulation_{i}"

            def report(_: str, fraction: float, i: int = i) -> None:
                self.report("theory against simulation", (i + fraction) / len(points))

            self._simulated(name, model, preset.comparison, report)
            self.study.pieces[f"theory_{i}"] = theory
            self.study.cases.append(label)
            self.study.comparison += compare(theory, self.study.pieces[name], label)

    def timescales(self) -> None:
        preset, base = self.study.preset, self.study.model
        for j, (name, symmetry) in enumerate(
            (("zero", 0.0), ("positive", preset.positive_symmetry))
        ):
            model = base.with_(symmetry=symmetry, gain=preset.timescale_ratio * base.gain)

            def report(_: str, fraction: float, j: int = j) -> None:
                self.report("timescales", (j + fraction) / 2)

            self._simulated(f"simulation_{name}", model, preset.timescale, report)
            simulated = self.study.pieces[f"simulation_{name}"]
            found = network_timescales(simulated)
            self.study.pieces[f"timescales_{name}"] = found
            self.study.by_degree[name] = {
                quantity: timescale_by_degree(found, quantity, seed=self.study.seed)
                for quantity in ("timescale_hwhm", "timescale_hwhm_phi")
            }
            if preset.theory_trajectories:
                self._theory_timescales(name, model)
            if simulated.attrs["phase"] != "chaotic":
                self.study.notes.append(
                    f"At symmetry {symmetry:g} and gain {model.gain:.3g} the network is "
                    f"{simulated.attrs['phase']}: its timescales are those of a static state."
                )

    def _theory_timescales(self, name: str, model: Model) -> None:
        trajectories = self.study.preset.theory_trajectories
        try:
            self._piece(
                f"theory_timescales_{name}",
                model.parameters() | _atoms(model) | {"trajectories": trajectories},
                lambda: theory_timescales(
                    model,
                    n_degrees=10,
                    trajectories=trajectories,
                    n_seeds=2,
                    seed=self.study.seed,
                    engine=self.engine,
                ),
            )
        except InputError as error:
            self.study.notes.append(f"No timescales from theory at this point: {error}")

    def _simulated(
        self,
        name: str,
        model: Model,
        simulation: Any,
        report: Progress,
    ) -> None:
        recipe = (
            model.parameters()
            | _atoms(model)
            | {"simulation": asdict(replace(simulation, workers=1))}
        )
        self._piece(
            name,
            recipe,
            lambda: simulate(
                model,
                simulation,
                seed=self.study.seed,
                engine=self.engine,
                store=self._substore(name),
                progress=report,
            ),
        )


def _atoms(model: Model) -> dict[str, Any]:
    """Identity of a measured degree sequence, which its parameters do not carry."""
    if not isinstance(model.degrees, DegreeSequence):
        return {}
    import hashlib

    return {"atoms": hashlib.sha256(model.degrees.degrees.tobytes()).hexdigest()[:16]}


def _write_summary(study: Study, folder: Path) -> None:
    write_text_atomic(
        folder / "summary.json",
        json.dumps(
            {
                "comparison": study.comparison,
                "critical_gain": study.critical,
                "by_degree": study.by_degree,
                "notes": study.notes,
            },
            indent=2,
            default=_plain,
        ),
    )
    write_text_atomic(
        folder / "provenance.json", json.dumps(study.provenance, indent=2, default=_plain)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return str(value)
