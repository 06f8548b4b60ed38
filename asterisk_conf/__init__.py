"""Asterisk configuration: templates and the renderer that fills them.

For others: `renderer`, `settings`, `values`.
"""

from asterisk_conf.renderer import prepare, render
from asterisk_conf.secrets import new_secret
from asterisk_conf.settings import ConfSettings

__all__ = ["ConfSettings", "new_secret", "prepare", "render"]
