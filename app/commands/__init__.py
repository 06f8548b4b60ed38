"""Sub-commands of the `hotline` command line, one module per group."""
