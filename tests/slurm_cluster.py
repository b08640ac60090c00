"""Whether tests can send jobs to a Slurm cluster."""

import shutil
import subprocess


def has_slurm() -> bool:
    """A cluster takes jobs here: its commands alone do not mean that a controller answers."""
    if shutil.which("sbatch") is None or shutil.which("sinfo") is None:
        return False
    try:
        asked = subprocess.run(["sinfo", "-h", "-t", "idle,mixed"], capture_output=True, timeout=20)
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0 and bool(asked.stdout.strip())
