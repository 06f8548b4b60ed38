"""The HTTP interface, the live feed and the pages for the browser (`desk/`).

For others: `board`, `items`, `listen`, `live`, `server`, `teller`.
"""
