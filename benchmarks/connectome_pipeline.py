"""The measured-wiring pipeline on generated animals of known truth, as tables over seeds.

Run with ``python benchmarks/connectome_pipeline.py --seeds 20``. Five kinds of animal:
dependence (timescale grows with degree), none, noise (no dependence, but noise falls with degree
and the half width sees it), cut axons (inputs from far cells lost), and the model itself as the
animal (network at coupling symmetry 0).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from pyscales.connectome.fixtures import Fixture, FixtureSettings, make_fixture
from pyscales.connectome.pipeline import run_pipeline
from pyscales.connectome.pipeline_config import load_pipeline
from pyscales.connectome.pipeline_result import PipelineResult
from pyscales.connectome.statistics import partial_spearman

FILES = ("coregistration", "cells", "synapses", "scan_units", "proofreading")


def run(animal: Fixture, extra: str = "") -> PipelineResult:
    """The pipeline on the files of an animal."""
    path = animal.folder / "pipeline.toml"
    lines = ["[files]", "nwb = " + json.dumps([p.name for p in animal.files["nwb"]])]
    lines += [f'{name} = "{animal.files[name].name}"' for name in FILES]
    text = "\n".join(lines) + "\n[statistics]\nn_permutations = 500\nn_bootstrap = 500\n" + extra
    path.write_text(text)
    return run_pipeline(load_pipeline(path))


def mapped(animal: Fixture, result: PipelineResult) -> bool:
    """Whether every unit sits on the cell and the degree it belongs to."""
    unit = result.units
    truth = animal.units.set_index(["session", "scan_idx", "unit_id"])["cell"]
    cell = truth.loc[list(zip(unit["session"], unit["scan_idx"], unit["unit_id"], strict=True))]
    cell = cell.to_numpy()
    sources = np.ones(animal.kept.shape[0], dtype=bool)
    sources[[0, -1]] = False
    degree = animal.kept[:, sources].sum(axis=1)
    return bool(
        (animal.nucleus_id[cell] == unit["nucleus_id"]).all()
        and (degree[cell] == unit["degree"]).all()
    )


def show(cells: list[object]) -> None:
    """One row of a Markdown table."""
    text = [f"{c:+.2f}" if isinstance(c, float) else str(c) for c in cells]
    print("| " + " | ".join(text) + " |", flush=True)


def interval(low: float, high: float) -> str:
    """An interval in two decimals."""
    return f"[{low:+.2f}, {high:+.2f}]"


def inside(value: float, low: float, high: float) -> str:
    """yes or no."""
    return "yes" if low <= value <= high else "no"


def dependence(folder: Path, seed: int, correlation: float) -> list[str]:
    """Truth, recovered and corrected correlation."""
    animal = make_fixture(folder, FixtureSettings(tau_rank_correlation=correlation, seed=seed))
    found, truth = run(animal), animal.true_correlation()
    s, r = found.spearman, found.reliability
    raw = inside(truth, s.low, s.high)
    corrected = inside(truth, r.low, r.high)
    zero = inside(0.0, s.low, s.high)
    exact = "yes" if mapped(animal, found) else "NO"
    show(
        [
            f"{correlation:g}",
            seed,
            exact,
            truth,
            s.rho,
            interval(s.low, s.high),
            raw,
            r.corrected,
            interval(r.low, r.high),
            corrected,
            zero,
        ]
    )
    return [exact, raw, corrected, zero]


def noise(folder: Path, seed: int) -> list[str]:
    """The noise confound with the half width and with the fit: plain, less noise, less SNR."""
    animal = make_fixture(
        folder,
        FixtureSettings(tau_rank_correlation=0.0, snr_rank_correlation=0.8, seed=seed),
    )
    snr = pd.DataFrame({"snr": animal.snr})
    truth = partial_spearman(
        animal.timescale, animal.in_degree, covariates=snr, n_permutations=1, n_bootstrap=1
    ).rho
    cells: list[object] = [seed, animal.true_correlation(), truth]
    answers = []
    for method in ("hwhm", "fit"):
        words = f'[estimator]\nmethod = "{method}"\n'
        level = run(animal, 'covariates = ["noise"]\n' + words)
        nuclei = level.nuclei
        ratio = partial_spearman(
            nuclei["log_timescale"],
            nuclei["degree"],
            covariates=nuclei[["snr"]],
            n_permutations=1,
            n_bootstrap=500,
        )
        plain = level.spearman
        answers.append("yes" if plain.p_value < 0.05 else "no")
        cells += [plain.rho, f"{plain.p_value:.3f}"]
        for partial in (level.partial, ratio):
            answers.append(inside(truth, partial.low, partial.high))
            cells += [partial.rho, answers[-1]]
    show(cells)
    return answers


def cut(folder: Path, seed: int) -> list[str]:
    """Axons cut by position against the same share of axons lost at random."""
    settings = FixtureSettings(n_cells=300, axon_reach=130.0, frames=600, seed=seed)
    animal = make_fixture(folder, settings)
    left = animal.kept.sum(axis=1)
    share = float(left.sum() / animal.adjacency.sum())
    seen = float(spearmanr(animal.timescale, left).statistic)
    rng = np.random.default_rng(seed)
    lost = [
        spearmanr(animal.timescale, animal.adjacency[:, rng.random(300) < share].sum(1)).statistic
        for _ in range(200)
    ]
    low, high = np.quantile(lost, [0.025, 0.975])
    good = inside(seen, float(low), float(high))
    show(
        [
            seed,
            f"{share:.2f}",
            animal.true_correlation(),
            seen,
            float(np.mean(lost)),
            interval(float(low), float(high)),
            good,
        ]
    )
    return [good]


def network(folder: Path, seed: int) -> list[str]:
    """Network activity at symmetry 0."""
    settings = FixtureSettings(n_cells=300, sigma=0.5, activity="network", frames=3000, seed=seed)
    animal = make_fixture(folder, settings)
    found, truth = run(animal), animal.true_correlation()
    s = found.spearman
    zero, true = inside(0.0, s.low, s.high), inside(truth, s.low, s.high)
    show([seed, truth, s.rho, interval(s.low, s.high), zero, true, f"{s.p_value:.3f}"])
    return [zero, true]


TABLES = {
    "dependence": (
        "| set | seed | mapping exact | true rho | recovered | 95 % | truth inside | corrected "
        "| 95 % | truth inside | zero inside |",
        lambda folder, seed: dependence(folder, seed, 0.6),
    ),
    "none": (
        "| set | seed | mapping exact | true rho | recovered | 95 % | truth inside | corrected "
        "| 95 % | truth inside | zero inside |",
        lambda folder, seed: dependence(folder, seed, 0.0),
    ),
    "noise": (
        "| seed | true rho | true, less noise | half width: rho | p | less noise | true inside "
        "| less SNR | true inside | fit: rho | p | less noise | true inside | less SNR "
        "| true inside |",
        noise,
    ),
    "cut axons": (
        "| seed | inputs kept | true rho | seen | random loss | 95 % | inside |",
        cut,
    ),
    "network": (
        "| seed | true rho | recovered | 95 % | zero inside | truth inside | p |",
        network,
    ),
}


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--tables", nargs="*", default=list(TABLES), choices=list(TABLES))
    options = parser.parse_args()
    for name in options.tables:
        header, make = TABLES[name]
        print(f"\n{name}\n\n{header}\n" + "|---" * (header.count("|") - 1) + "|")
        rows = []
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory() as folder:
                rows.append(make(Path(folder), seed))
        for column in zip(*rows, strict=True):
            print(f"yes: {column.count('yes')} of {len(column)}")


if __name__ == "__main__":
    main()
