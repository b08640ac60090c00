"""One public function per job: a Model in, a Dataset or a small record out."""

from pyscales.analysis.critical_gain import CriticalGain, critical_gain, critical_gain_of_law
from pyscales.analysis.dmft import dmft
from pyscales.analysis.network_timescales import network_timescales, timescale_by_degree
from pyscales.analysis.phase_diagram import critical_line, phase_diagram
from pyscales.analysis.spectrum import spectrum, spectrum_theory
from pyscales.analysis.theory_degrees import TheoryDegrees, theory_degrees

__all__ = [
    "CriticalGain",
    "TheoryDegrees",
    "critical_gain",
    "critical_gain_of_law",
    "critical_line",
    "dmft",
    "network_timescales",
    "phase_diagram",
    "spectrum",
    "spectrum_theory",
    "theory_degrees",
    "timescale_by_degree",
]
