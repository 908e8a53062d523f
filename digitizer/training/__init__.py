"""Builds the digit model that `digitizer.vision.digits` reads with.

Imported by nothing at run time. `python -m digitizer.training` needs torch and onnx, which the
product itself does not.
"""
