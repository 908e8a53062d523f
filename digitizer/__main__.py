"""`python -m digitizer` is the `digitizer` command."""

from digitizer.cli import app

if __name__ == "__main__":
    app()
