"""Asterisk nodes that the city runs itself: started here, only driven by the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.menus import load_menus
from app.secrets import Secrets
from app.settings import Settings, load_settings
from app.setup.telephony import conf_settings, directories, own_node, raw_directory
from asterisk_conf.settings import ConfSettings
from ivr.prompts import install_prompts
from tests.support.city import Plan, usual_sections
from tests.system.asterisk_fixture import Asterisk, running_asterisk


@dataclass(frozen=True)
class Node:
    """A running node. `sections` are the settings with which a city drives this node alone."""

    asterisk: Asterisk
    sections: dict[str, Any]

    @property
    def sip_port(self) -> int:
        return int(self.sections["asterisk"]["sip_port"])

    @property
    def trunk_port(self) -> int:
        return int(self.sections["trunks"][0]["outbound_port"])


@asynccontextmanager
async def running_node(name: str, plan: Plan, *, seen_at: int = 0) -> AsyncIterator[Node]:
    """A node for the plan's city: same numbers, menus, operators. The service finds its manager at port `seen_at`."""
    sections = usual_sections(plan)
    settings = load_settings(**{**sections, "data_dir": plan.directory / name})
    secrets = Secrets(Path(sections["data_dir"]))
    async with running_asterisk(_configuration(settings, secrets, name)) as asterisk:
        node = own_node(settings, secrets)
        section = {
            "name": name,
            "ami_host": node.ami_host,
            "ami_port": seen_at or node.ami_port,
            "ami_secret": node.ami_secret.get_secret_value(),
            "journal": str(node.journal),
            "raw_recordings": str(node.raw_recordings),
            "prompts": str(directories(settings).prompts),
        }
        yield Node(asterisk, {key: sections[key] for key in ("asterisk", "trunks")} | {"nodes": [section]})


def _configuration(settings: Settings, secrets: Secrets, name: str) -> ConfSettings:
    menus = load_menus(settings, directories(settings).prompts)
    conf = conf_settings(settings, secrets, menus).model_copy(update={"node": name})
    install_prompts(conf.directories.prompts, extra=menus.prompt_names())
    raw_directory(settings).mkdir(parents=True, exist_ok=True)
    return conf
