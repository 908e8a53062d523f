"""`python -m digitizer` is the `digitizer` command."""

from digitizer.cli import main

if __name__ == "__main__":
    main()
