"""What a caller hears and presses: menus, prompts, service hours.

For others: `audio`, `dialplan`, `hours`, `interpreter`, `menu`, `menu_loader`, `prompts`, `yaml_source`.
"""
