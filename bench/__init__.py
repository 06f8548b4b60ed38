"""Load figures of the hotline: what it sustains, how quick it is, what it costs. Run with `make bench`."""
