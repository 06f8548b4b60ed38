"""The form of a regulation profile, subject by subject; `app.regulations.profile` puts it together.

For others: `base`, `ending`, `handling`, `pressing`, `telling`.
"""
