"""Made pictures with a known truth: our own handwriting, filled pages and a photographer.

Tests, samples, benchmarks and training use it; nothing at run time imports it.
"""
