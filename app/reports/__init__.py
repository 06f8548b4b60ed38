"""Reports: what each figure counts, the questions that can be asked, and the answers as tables to read or to export.

For others: `answer`, `catalogue`, `export`, `question`, `sheet`.
"""
