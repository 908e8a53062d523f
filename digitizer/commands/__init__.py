"""Groups of commands of the `digitizer` command line."""
