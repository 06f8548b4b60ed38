"""The cities' regulations as profiles (one YAML file each), and what reads, compares and documents them.

For others: `diff`, `loader`, `profile`, `rows`.
"""
