"""Every kind of problem over HTTP, with its words, for pages in either language."""

from __future__ import annotations

from aiohttp import web

from app.web.problem_words import CODES
from app.web.views import View


class ProblemCodesView(View):
    async def get(self) -> web.Response:
        """All `code`s of problem documents, with Chinese and English words.

        Tags: people
        """
        return self.json([{"code": code, "zh": words.zh, "en": words.en} for code, words in CODES.items()])
