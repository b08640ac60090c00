"""One self-contained HTML page about a study."""

from __future__ import annotations

from pyscales.report.write import write_report

__all__ = ["write_report"]
