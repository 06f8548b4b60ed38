"""The directory of member units: who they are, whom to telephone, and who is on duty now."""
