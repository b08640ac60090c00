"""Where points are computed: this machine, a dask cluster, Slurm jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyscales.errors import EngineError, InputError
from pyscales.sweep.points import Point
from pyscales.sweep.worker import Outcome, compute_point, compute_points

EXECUTORS = ("local", "dask", "slurm")
Mapping = Callable[[Sequence[Point]], Iterator[Outcome]]


@dataclass(frozen=True)
class Executor:
    """Where and how.

    Attributes
    ----------
    name : {'local', 'dask', 'slurm'}
    workers : int
        Processes on this machine, or Slurm jobs.
    address : str, optional
        Dask scheduler.
    slurm : dict
        Parameters of submitit (`timeout_min`, `slurm_partition`, `mem_gb`, ...).
    cluster : str
        What submitit submits to: 'slurm', or 'local' for a dry run on this machine.
    """

    name: str = "local"
    workers: int = 1
    address: str | None = None
    slurm: dict[str, Any] = field(default_factory=dict)
    cluster: str = "slurm"

    def __post_init__(self) -> None:
        if self.name not in EXECUTORS:
            raise InputError("--executor", self.name, "one of " + ", ".join(EXECUTORS))
        if not 1 <= self.workers <= 100_000:
            raise InputError("--workers", self.workers, "a whole number >= 1")
        if self.name == "dask" and not self.address:
            raise InputError(
                "--address", self.address, "the address of a dask scheduler", "tcp://host:8786"
            )
        if self.name != "dask" and self.address:
            raise InputError("--address", self.address, "absent without --executor dask")
        if self.name != "slurm" and self.slurm:
            raise InputError("--slurm", self.slurm, "absent without --executor slurm")

    def check(self) -> None:
        """Raise EngineError if its package is missing."""
        if self.name == "dask":
            _need("distributed", "dask")
        elif self.name == "slurm":
            _need("submitit", "slurm")


def outcomes(
    executor: Executor, folder: Path, points: Sequence[Point], kind: str
) -> Iterator[Outcome]:
    """Compute points; outcomes in the order in which they come."""
    path = str(folder.resolve())
    if executor.name == "dask":
        return _dask(executor, path, points, kind)
    if executor.name == "slurm":
        return _slurm(executor, path, points, kind)
    if executor.workers == 1 or len(points) == 1:
        return (compute_point(path, point, kind) for point in points)
    return _local(executor, path, points, kind)


def _local(executor: Executor, path: str, points: Sequence[Point], kind: str) -> Iterator[Outcome]:
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        with parallel_config(backend="loky", inner_max_num_threads=1):
            parallel = Parallel(
                n_jobs=min(executor.workers, len(points)),
                return_as="generator_unordered",
                batch_size=1,
            )
            yield from parallel(delayed(compute_point)(path, p, kind) for p in points)
    except TerminatedWorkerError:
        raise EngineError(
            "a worker process was killed, often for want of memory. What is finished is kept: run "
            "again, perhaps with fewer --workers."
        ) from None
    except BaseException:
        get_reusable_executor().shutdown(wait=False, kill_workers=True)
        raise


def _dask(executor: Executor, path: str, points: Sequence[Point], kind: str) -> Iterator[Outcome]:
    distributed = _need("distributed", "dask")
    try:
        client = distributed.Client(executor.address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            "--address", executor.address, "the address of a running dask scheduler", str(error)
        ) from None
    with client:
        futures = [client.submit(compute_point, path, p, kind, pure=False) for p in points]
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                yield future.result()
        except BaseException:
            client.cancel(futures)
            raise


def _slurm(executor: Executor, path: str, points: Sequence[Point], kind: str) -> Iterator[Outcome]:
    import time

    submitit = _need("submitit", "slurm")
    try:
        submitter = submitit.AutoExecutor(folder=f"{path}/slurm", cluster=executor.cluster)
        submitter.update_parameters(**({"name": "pyscales", "cpus_per_task": 1} | executor.slurm))
    except (RuntimeError, AssertionError) as error:
        raise EngineError(
            f"slurm is not ready here: {error}. Submit on a machine with sbatch, or use --shard."
        ) from None
    except (TypeError, NameError) as error:
        raise InputError(
            "--slurm", executor.slurm, "parameters of submitit, such as timeout_min=60", str(error)
        ) from None
    count = min(executor.workers, len(points))
    try:
        with submitter.batch():
            jobs = [
                submitter.submit(compute_points, path, list(points[i::count]), kind)
                for i in range(count)
            ]
    except (submitit.core.utils.FailedJobError, OSError) as error:
        raise EngineError(
            f"Slurm took no job: {str(error).strip()[:300]}. Look at it with sinfo, or use --shard."
        ) from None
    waiting = list(jobs)
    while waiting:
        for job in [j for j in waiting if j.done()]:
            waiting.remove(job)
            try:
                yield from job.result()
            except Exception as error:
                raise EngineError(
                    f"Slurm job {job.job_id} ended without a result: {str(error)[:300]}. What is "
                    "finished is kept: run again."
                ) from None
        if waiting:
            time.sleep(0.5)


def _need(package: str, extra: str) -> Any:
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError:
        raise EngineError(
            f"--executor {extra} needs the package {package!r}, which is not installed. "
            f"Install it with: pip install 'pyscales[{extra}]'"
        ) from None
