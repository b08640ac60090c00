"""Datasets, their files and their provenance."""

from pyscales.results.dataset import make_dataset
from pyscales.results.provenance import provenance
from pyscales.results.store import (
    Store,
    content_hash,
    load_dataset,
    save_dataset,
    write_text_atomic,
)

__all__ = [
    "Store",
    "content_hash",
    "load_dataset",
    "make_dataset",
    "provenance",
    "save_dataset",
    "write_text_atomic",
]
