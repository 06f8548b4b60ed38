"""What happens to a ticket: states, rules, limits and timed effects, all pure; the store is beside them.

For others: `actions`, `chinese_names`, `city_days`, `correction`, `counting`, `engine`, `export`, `intake`,
`jurisdiction`, `learning`, `learnt`, `limits`, `notices`, `offers`, `proposing`, `refusal`, `service`, `store`,
`suggest`, `transitions`, `visibility`, `worklists`.
"""
