"""The screens: templates, plain ES modules and the words of both languages; `api` serves them."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent
TEMPLATES: Final = ROOT / "templates"
STATIC: Final = ROOT / "static"
