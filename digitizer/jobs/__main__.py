"""`python -m digitizer.jobs`: a worker that stops when its parent does."""

from digitizer.jobs.worker import main

if __name__ == "__main__":
    main()
