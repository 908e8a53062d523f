"""Reads photos of C.HASIL forms; people confirm every number before it counts."""

import os

__version__ = "0.1.0"

# One photo takes one thread, and workers scale by processes. Threads of BLAS on matrices as small
# as ours only wait for one another; numpy must be told before it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# ONNX Runtime of 1.29 and later tells its maker of every model that is loaded, unless it is told
# not to before it is loaded. Nothing leaves this installation that nobody sent.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
