"""The HTTP interface, the live feed and the pages for the browser (`desk/`)."""
