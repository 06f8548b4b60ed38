"""Web push: notices reach a browser while no page of the desk is open, sealed so that only that browser reads them.

For others: `delivery`, `message`, `subscriptions`.
"""
