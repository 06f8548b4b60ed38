"""The directory of member units: who they are, whom to telephone, and who is on duty now.

For others: `changes`, `columns`, `duty`, `find`, `form`, `import_summary`, `importing`, `model`, `problem`,
`rostering`, `store`.
"""
