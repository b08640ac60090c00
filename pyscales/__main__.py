"""``python -m pyscales``."""

from pyscales.cli import main

main()
