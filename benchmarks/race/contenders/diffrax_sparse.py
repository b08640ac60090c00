"""diffrax with the fastest of three sparse products of JAX, compiled before it is timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import sparse

from benchmarks.race.contenders.base import Base

SOLVERS = {
    "heun": (diffrax.Heun, 2),
    "midpoint": (diffrax.Midpoint, 2),
    "bosh3": (diffrax.Bosh3, 3),
    "tsit5": (diffrax.Tsit5, 6),
}


class Contender(Base):
    """Constant steps; W as BCSR, as sorted BCOO or as a sum over segments."""

    version = f"{version('diffrax')}, jax {jax.__version__}"

    def prepare(self) -> None:
        if self.precision == "double":
            jax.config.update("jax_enable_x64", True)
        p = self.problem
        self.x = jnp.asarray(np.ascontiguousarray(p.states.T).astype(self.dtype))
        self.product, self.w = self.fastest()
        solver, self.stages = SOLVERS[self.method]

        def f(t: Any, x: Any, w: Any) -> Any:
            return self.product(w, jnp.tanh(x)) - x

        def run(x: Any, w: Any, units: int) -> Any:
            found = diffrax.diffeqsolve(
                diffrax.ODETerm(f),
                solver(),
                0.0,
                units,
                self.step,
                x,
                args=w,
                saveat=diffrax.SaveAt(ts=jnp.arange(1.0, units + 1)),
                stepsize_controller=diffrax.ConstantStepSize(),
                max_steps=None,
                adjoint=diffrax.ForwardMode(),
            )
            return found.ys

        self.run = jax.jit(run, static_argnums=2)

    def fastest(self) -> tuple[Callable[[Any, Any], Any], Any]:
        """The product that takes least time, with its form of W."""
        p = self.problem
        shape = (p.n, p.n)
        data, columns = jnp.asarray(p.data.astype(self.dtype)), jnp.asarray(p.indices)
        rows = jnp.asarray(np.repeat(np.arange(p.n, dtype=np.int32), np.diff(p.indptr)))
        pairs = jnp.stack([rows, columns], axis=1)
        order = {"indices_sorted": True, "unique_indices": True}
        forms: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
            "BCSR": (
                lambda w, y: w @ y,
                sparse.BCSR((data, columns, jnp.asarray(p.indptr)), shape=shape),
            ),
            "BCOO": (lambda w, y: w @ y, sparse.BCOO((data, pairs), shape=shape, **order)),
            "segment_sum": (
                lambda w, y: jax.ops.segment_sum(
                    w[0][:, None] * y[w[2]], w[1], num_segments=p.n, indices_are_sorted=True
                ),
                (data, rows, columns),
            ),
        }
        seconds = {}
        for name, (product, w) in forms.items():
            compiled = jax.jit(product)
            compiled(w, self.x).block_until_ready()
            start = time.perf_counter()
            for _ in range(3):
                compiled(w, self.x).block_until_ready()
            seconds[name] = time.perf_counter() - start
        best = min(seconds, key=lambda name: seconds[name])
        self.version = f"{self.version}, {best}"
        return forms[best]

    def advance(self, units: int) -> Any:
        states = self.run(self.x, self.w, units)
        states.block_until_ready()
        self.x = states[-1]
        self.evaluations = self.stages * self.steps_per_unit * units
        return states

    def numpy(self, states: Any) -> np.ndarray:
        return np.asarray(states).transpose(0, 2, 1)
