"""What a caller hears and presses: menus, prompts, service hours."""
