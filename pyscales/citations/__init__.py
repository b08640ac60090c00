"""What to cite for a run."""

from pyscales.citations.used import References, references_of

__all__ = ["References", "references_of"]
