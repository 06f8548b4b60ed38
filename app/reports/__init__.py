"""Reports: what each figure counts, the questions that can be asked, and the answers as tables to read, export or mail.

For others: `answer`, `catalogue`, `export`, `mail`, `orders`, `question`, `rhythm`, `sheet`.
"""
