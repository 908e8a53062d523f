"""Failure tests with real processes, which are killed, starved and cut off at every step."""
