"""Measured wiring and activity: readers, degrees, symmetry, signals, statistics, comparison."""

from __future__ import annotations
