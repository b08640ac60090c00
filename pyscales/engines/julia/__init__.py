"""The Julia engine: DifferentialEquations.jl and NonlinearSolve.jl behind juliacall.

Importing this package starts nothing. `environment` knows where everything lies, `session` starts
Julia once per process, `arrays` hands memory over, `engine` does the jobs, `install` and `doctor`
serve the command line.
"""

from pyscales.engines.julia.environment import readiness

__all__ = ["readiness"]
