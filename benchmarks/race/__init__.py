"""Race of pyscales against other ways to simulate the same networks, at equal accuracy.

`python -m benchmarks.race` measures what is missing and writes `benchmarks/RESULTS.md`.
"""
