"""The facts and rules of a count, in the standard library alone.

Nothing here knows pixels, files, databases or the web. Every type is frozen: a step takes facts and
returns a new fact, and none overwrites another.
"""
