"""A commented plan to start from."""

TEMPLATE = """\
# pyscales sweep plan: an ordinary configuration and a section [sweep].
# Any key of the configuration may vary; `pyscales config schema` lists them.

[run]
jobs = ["critical-gain", "simulate"]
seed = 1

[degrees]
mean_degree = 20

[model]
n = 200

[simulation]
n_trials = 2
transient = 50
duration = 100
max_lag = 0

[sweep]
repeats = 1                # networks per point, each with its own random streams
# seeds = "shared"         # the same streams at every point: one realisation, cut through
# keep = ["simulation.autocorrelation_x_population"]   # arrays besides the numbers

[sweep.over]               # a grid: lists, or start/stop/count (spacing = "log")
model.gain = { start = 0.5, stop = 2.0, count = 4 }
degrees.sigma = [0.0, 0.5]

# Instead of a grid, a list:
# [[sweep.points]]
# model.gain = 1.2
# degrees.sigma = 0.3

# Divide the cells of the grid along a boundary:
# [sweep.refine]
# quantity = "simulation_phase"
# levels = 2
"""
