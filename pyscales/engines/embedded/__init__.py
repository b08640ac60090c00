"""The embedded engine: NumPy and SciPy, always there, the oracle for the others."""

from pyscales.engines.embedded.eigenvalues import eigenvalues
from pyscales.engines.embedded.fixed_point import fixed_point
from pyscales.engines.embedded.integrate import integrate
from pyscales.engines.embedded.lyapunov import lyapunov
from pyscales.theory.fixed_points import solve_fixed_points
from pyscales.theory.memory import MapMaker
from pyscales.theory.memory_solver import solve_memory
from pyscales.theory.stationary import solve_stationary


class EmbeddedEngine:
    """Implements `pyscales.engines.Engine` on NumPy and SciPy."""

    name = "scipy"
    memory_maps: MapMaker | None = None

    integrate = staticmethod(integrate)
    fixed_point = staticmethod(fixed_point)
    eigenvalues = staticmethod(eigenvalues)
    lyapunov = staticmethod(lyapunov)
    stationary = staticmethod(solve_stationary)
    static_state = staticmethod(solve_fixed_points)
    solve_memory = staticmethod(solve_memory)


__all__ = ["EmbeddedEngine"]
