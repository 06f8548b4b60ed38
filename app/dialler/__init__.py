"""Calling out: which of the calls that are wanted is made now, and why others wait. Pure: nothing dials yet."""
