"""Keeping the hotline over HTTP: accounts, sessions, jobs that failed, and what the doctor says."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.db.jobs import FailedJob, failed_jobs, requeue
from app.db.pool import Connection
from app.db.queries import QUERIES
from app.people import accounts
from app.people.accounts import Account, AccountError, UnknownUserError
from app.people.audit import Entry, record
from app.people.model import Person, Role
from app.people.tokens import issue, list_tokens, revoke_id
from app.setup.diagnosis import diagnose
from app.setup.facts import gather
from app.web.auth import check
from app.web.keys import DATABASE
from app.web.origin import address
from app.web.problems import Problem
from app.web.views import View, not_found


class NewAccount(BaseModel):
    """A person. Only the role `unit` has a unit, only those who take calls an operator's telephone."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64)
    role: Role
    unit_id: str | None = Field(None, max_length=40)
    operator_id: str | None = Field(None, max_length=40)
    password: str = Field(max_length=256)


class AccountChange(BaseModel):
    """A new password, or whether the person is let in; both end everything that is open."""

    model_config = ConfigDict(extra="forbid")

    password: str | None = Field(None, max_length=256)
    disabled: bool | None = None


class NewToken(BaseModel):
    """What a token is for, and for how many days it is good."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(min_length=1, max_length=100)
    days: int = Field(365, ge=1, le=3650)


class UsersView(View):
    async def get(self) -> web.Response:
        """Everybody's account.

        Tags: admin
        """
        check(self.request, "user.list")
        async with self.request.app[DATABASE].acquire() as connection:
            return self.json([_account(one) for one in await accounts.list_accounts(connection)])

    async def post(self, body: NewAccount) -> web.Response:
        """Make an account.

        Tags: admin
        """
        who = check(self.request, "user.change")
        person = Person(body.name, body.role, body.unit_id, body.operator_id)
        async with self.request.app[DATABASE].transaction() as connection:
            await _fitting(accounts.add(connection, person, body.password, datetime.now(UTC)))
            await _note(self.request, connection, who, "user.add", f"user:{body.name}", role=body.role)
            return self.json(_account(await accounts.get(connection, body.name)), status=201)


class UserView(View):
    async def patch(self, user: str, /, body: AccountChange) -> web.Response:
        """Change somebody's password, lock them out, or let them in again.

        Tags: admin
        """
        who, now = check(self.request, "user.change"), datetime.now(UTC)
        async with self.request.app[DATABASE].transaction() as connection:
            if body.password is not None:
                await _fitting(accounts.set_password(connection, user, body.password, now))
                await _note(self.request, connection, who, "user.password", f"user:{user}")
            if body.disabled is not None:
                work = accounts.disable(connection, user, now) if body.disabled else accounts.enable(connection, user)
                await _fitting(work)
                action = "user.disable" if body.disabled else "user.enable"
                await _note(self.request, connection, who, action, f"user:{user}")
            try:
                return self.json(_account(await accounts.get(connection, user)))
            except UnknownUserError as error:
                raise not_found("user", user) from error


class SessionsView(View):
    async def get(self, user: str | None = None) -> web.Response:
        """Who is logged in, and which API tokens are good; of one person or of all.

        Tags: admin
        """
        check(self.request, "user.list")
        async with self.request.app[DATABASE].acquire() as connection:
            if user is None:
                rows = await connection.fetch(QUERIES["sessions"], datetime.now(UTC))
                return self.json([dict(row) for row in rows])
            found = await list_tokens(connection, user, datetime.now(UTC))
        return self.json([{"user_name": user, **asdict(one)} for one in found])


class TokensView(View):
    async def post(self, user: str, /, body: NewToken) -> web.Response:
        """Make an API token for a person or a program that works in their name; its secret is told this once.

        Tags: admin
        """
        who, now = check(self.request, "user.change"), datetime.now(UTC)
        life = timedelta(days=body.days)
        async with self.request.app[DATABASE].transaction() as connection:
            try:
                made = await issue(connection, user, "api", now, label=body.label, life=life)
            except UnknownUserError as error:
                raise not_found("user", user) from error
            await _note(self.request, connection, who, "user.token", f"user:{user}", token=made.id)
        answer = {"id": made.id, "token": made.secret, "label": body.label, "expires_at": made.expires_at}
        return self.json(answer, status=201)


class SessionView(View):
    async def delete(self, user: str, token_id: int, /) -> web.Response:
        """End a session, or revoke an API token.

        Tags: admin
        """
        who = check(self.request, "user.change")
        async with self.request.app[DATABASE].transaction() as connection:
            if not await revoke_id(connection, user, token_id, datetime.now(UTC)):
                raise not_found("session", str(token_id))
            await _note(self.request, connection, who, "session.end", f"user:{user}", token=token_id)
        return web.Response(status=204)


class JobsView(View):
    async def get(self, limit: int = 100) -> web.Response:
        """Jobs that were given up after their last attempt, the latest first.

        Tags: admin
        """
        check(self.request, "system.read")
        async with self.request.app[DATABASE].acquire() as connection:
            jobs = await failed_jobs(connection, limit=max(1, min(limit, 1000)))
        return self.json([_job(job) for job in jobs])


class JobRetryView(View):
    async def post(self, job_id: int, /) -> web.Response:
        """Try a failed job again from its first attempt.

        Tags: admin
        """
        who = check(self.request, "system.change")
        async with self.request.app[DATABASE].transaction() as connection:
            if not await requeue(connection, job_id):
                raise not_found("job", str(job_id))
            await _note(self.request, connection, who, "job.retry", f"job:{job_id}")
        return web.Response(status=204)


class DoctorView(View):
    async def get(self) -> web.Response:
        """What `hotline doctor` says of this machine: what is there, what is missing, and how to mend it.

        Tags: admin
        """
        check(self.request, "system.read")
        return self.json([asdict(finding) for finding in diagnose(await gather())])


async def _fitting(work: Any) -> None:
    """Do it. Raises Problem 422 for what does not fit together, 404 for nobody."""
    try:
        await work
    except AccountError as error:
        raise Problem(422, "Account not possible", str(error), args={"why": str(error)}) from error
    except UnknownUserError as error:
        raise not_found("user", "") from error


async def _note(
    request: web.Request, connection: Connection, who: Person, action: str, subject: str, **detail: str | int
) -> None:
    await record(connection, Entry(who, action, subject, address(request), detail))


def _account(account: Account) -> dict[str, Any]:
    dates = {"created_at": account.created_at, "disabled_at": account.disabled_at}
    return asdict(account.person) | dates


def _job(job: FailedJob) -> dict[str, Any]:
    """The job without the words of its error, which may quote a caller: the log has them."""
    shown = asdict(job)
    del shown["error"]
    return shown
