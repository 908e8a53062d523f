"""Reads photos of C.HASIL forms; people confirm every number before it counts."""

__version__ = "0.1.0"
