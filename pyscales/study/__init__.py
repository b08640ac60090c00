"""The whole study from one configuration."""

from pyscales.study.presets import PRESETS, Preset
from pyscales.study.reproduce import Study, reproduce

__all__ = ["PRESETS", "Preset", "Study", "reproduce"]
