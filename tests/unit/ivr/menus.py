"""Menus that the tests of the interpreter and of the compiled dialplan share."""

from __future__ import annotations

from ivr.menu_loader import load_menu, shipped_menu
from ivr.prompts import load_catalogue

OFFICE = """\
name: office
start: welcome
operator: operator
max_questions: 7
hours: {open: {mon-fri: ["08:30-12:00", "14:00-17:30"], sat: ["09:00-24:00"]}, closed: shut}
nodes:
  welcome:
    kind: choose
    prompts: [greeting, main-menu]
    wrong_prompts: [invalid-key]
    attempts: 2
    timeout_s: 2.5
    keys: {1: consult, 2: english, 3: speak, 4: ring-back, 5: progress, 6: hello, "*": repeat}
    silence: repeat
    wrong: sorry
  english: {kind: language, language: en-US, next: hello}
  hello: {kind: say, prompts: [greeting], next: welcome}
  sorry: {kind: say, prompts: [invalid-key], next: operator}
  consult: {kind: queue, category: consult}
  operator: {kind: queue, prompts: [transferring]}
  progress:
    kind: progress
    prompts: [progress-ask]
    attempts: 2
    wrong_prompts: [progress-invalid]
    next: hello
    wrong: operator
    unavailable: hello
  shut:
    kind: choose
    prompts: [out-of-hours, out-of-hours-menu]
    keys: {1: speak, 2: ring-back}
    silence: operator
    wrong: operator
  speak: {kind: message, prompts: [leave-message], max_s: 60, silence_s: 4, next: saved}
  saved: {kind: say, prompts: [message-saved], next: bye}
  ring-back: {kind: callback, next: confirmed}
  confirmed: {kind: say, prompts: [callback-confirmed], next: bye}
  bye: {kind: hangup, prompts: [thanks]}
"""
CHINESE = load_catalogue()["zh-CN"]
FULL = shipped_menu("full")
DIRECT = shipped_menu("direct")
EVERYTHING = load_menu(OFFICE, known={"zh-CN": CHINESE, "en-US": CHINESE})
"""Every kind of node, two languages, service hours."""
