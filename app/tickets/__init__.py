"""What happens to a ticket: states, rules, limits and timed effects, all pure; the store is beside them."""
