"""Timings, as ratios within one run: `make bench`. Everything is on loopback, bounded, and ends by itself.

Not here: assertions. A slow number is printed as missed; only a malfunction ends with an exit code of 1.
"""
