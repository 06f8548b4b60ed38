"""People who work with the hotline: who they are, how they log in, what they may do, what they looked at."""
