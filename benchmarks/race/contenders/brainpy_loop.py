"""BrainPy: its integrator and its sparse product in a compiled loop."""

from __future__ import annotations

from typing import Any

import brainpy as bp
import brainpy.math as bm
import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.race.contenders.base import Base


class Contender(Base):
    """`bp.odeint` with a fixed step; W by `bm.sparse.csrmv`, trial by trial: csrmm takes longer."""

    version = bp.__version__

    def prepare(self) -> None:
        bm.set_platform("cpu")
        if self.precision == "double":
            bm.enable_x64()
        p = self.problem
        data = jnp.asarray(p.data.astype(self.dtype))
        indices, indptr = jnp.asarray(p.indices), jnp.asarray(p.indptr)
        shape = (p.n, p.n)

        def product(y: Any) -> Any:
            each = [bm.sparse.csrmv(data, indices, indptr, x, shape=shape) for x in y]
            return jnp.stack([bm.as_jax(x) for x in each])

        def f(x: Any, t: Any) -> Any:
            return product(jnp.tanh(x)) - x

        def held(x: Any, t: Any, u: Any) -> Any:
            return u - x

        exponential = self.method == "etd1"
        dt = 1.0 / self.steps_per_unit
        integral = bp.odeint(
            held if exponential else f, method="exp_auto" if exponential else self.method, dt=dt
        )

        def unit(x: Any, _: Any) -> Any:
            for _step in range(self.steps_per_unit):
                inputs = (product(jnp.tanh(x)),) if exponential else ()
                x = bm.as_jax(integral(x, 0.0, *inputs))
            return x, x

        self.run = jax.jit(lambda x, units: jax.lax.scan(unit, x, None, units), static_argnums=1)
        self.x = jnp.asarray(p.states.astype(self.dtype))

    def advance(self, units: int) -> Any:
        self.x, states = self.run(self.x, units)
        states.block_until_ready()
        self.evaluations = (
            {"rk4": 4, "heun3": 3, "etd1": 1}[self.method] * self.steps_per_unit * units
        )
        return states

    def numpy(self, states: Any) -> np.ndarray:
        return np.asarray(states)
