"""Any requests, departures, late keys and failing commands in any order: the citizen is never lost in the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ami_bridge import arrangement as arr
from ami_bridge.arrangement import Arrangement, Place, RefusedError, ThereAlreadyError, Wanted
from ami_bridge.errands import Kind, Manner, Mode, Post, Summons
from ami_bridge.model import Call, Party, Role, State, attempt_call_id, attempt_role
from ami_bridge.moves import HangUp, Move, MoveBoth, Ring, Step, moves
from ami_bridge.observed import accepted_already, observed

CALL = "node1-1.1"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
STAFF = {Kind.OPERATOR: "op1002", Kind.QUEUE: "op1003", Kind.SUPERVISOR: "sup1"}


def _wanted(kind: Kind, mode: Mode, urgent: bool, posts: int) -> Wanted:
    name = STAFF.get(kind, "")
    phones = tuple(Post(name or f"p{n}", name, name or f"800{n}") for n in range(1 if name else posts))
    return Wanted(kind.value, kind.value, phones, mode, Manner(kind, not name, urgent=urgent and not name))


WANTED = st.builds(
    _wanted,
    st.sampled_from([Kind.UNIT, Kind.SERVICE, Kind.OPERATOR, Kind.QUEUE, Kind.SUPERVISOR]),
    st.sampled_from([Mode.JOIN, Mode.CONSULT, Mode.TAKE, Mode.LISTEN, Mode.WHISPER]),
    st.booleans(),
    st.integers(1, 3),
)


class OneCall(RuleBasedStateMachine):
    """The model beside a small Asterisk, in which commands fail; where they do, Asterisk is looked at again."""

    def __init__(self) -> None:
        super().__init__()
        self.we_hung_up_on_the_citizen = False
        self.begin()
        self.the_citizen_begins_to_wait(answered=1)

    def begin(self) -> None:
        self.model = Arrangement(CALL, queue="general")
        self.told: dict[str, Summons] = {}
        # Every channel and where it is; the citizen is where the dialplan says.
        self.channels = {CALL: "menu"}
        self.operators_rung = 0
        self.failing: list[bool] = []

    # The little Asterisk.

    def call(self) -> Call:
        """What the live model of calls would say."""
        parties = {}
        for uniqueid, where in self.channels.items():
            role = attempt_role(uniqueid) if attempt_call_id(uniqueid) else Role.OPERATOR
            if uniqueid == CALL:
                role = Role.CITIZEN
            joined = NOW if where != "ringing" and role is not Role.LISTENER else None
            name = self.told[uniqueid].post.phone if uniqueid in self.told else "op1001"
            parties[uniqueid] = Party(
                uniqueid,
                role,
                name if role in {Role.OPERATOR, Role.LISTENER} else "",
                "",
                key="accepted" if where == "spy" else "",
                joined_at=joined,
                in_conference=where == "room",
            )
        citizen = self.channels.get(CALL, "gone")
        state = {
            "menu": State.MENU,
            "queue": State.QUEUED,
            "bridge": State.TALKING,
            "room": State.CONFERENCE,
            "hold": State.HELD,
            "refer": State.HELD,
            "gone": State.ENDED,
        }.get(citizen, State.AFTER)
        if citizen == "room" and not any(w == "room" for u, w in self.channels.items() if u != CALL):
            state = State.AFTER
        gone = Party(CALL, Role.CITIZEN, "", "", gone=True)
        return Call(CALL, "node1", "", "", "12345", NOW, state, "general", parties={CALL: gone} | parties)

    def move(self, uniqueid: str, where: str) -> None:
        """A channel goes somewhere; a bridge of two ends with either of them."""
        was = self.channels.get(uniqueid)
        if where == "gone":
            self.channels.pop(uniqueid, None)
        else:
            self.channels[uniqueid] = where
        if was != "bridge":
            return
        for other in [u for u, w in self.channels.items() if w == "bridge"]:
            # `c` of Queue(): the citizen goes on in the dialplan; an operator whose citizen has left is hung up.
            self.move(other, "after" if other == CALL else "gone")

    def carry_out(self, step: Step) -> None:
        match step:
            case Move(to=to) if CALL in self.channels:
                assert self.channels[CALL] != to.value, f"sent to {to.value} again"
                self.move(CALL, to.value)
            case MoveBoth(to=to, operator_id=operator) if CALL in self.channels and operator in self.channels:
                self.channels |= {CALL: to.value, operator: "room"}
            case Ring(summons=summons):
                self.channels[summons.attempt_id] = "ringing"
            case HangUp(party_id=party):
                self.we_hung_up_on_the_citizen |= party == CALL
                self.move(party, "gone")
            case _:
                pass

    # The shell, as `app.calls.actor` is: announce, carry out, and look again after a failure.

    def settle(self, after: Arrangement) -> None:
        ever_failed = False
        for _ in range(20):
            failed = self.step_to(after)
            departed = [u for u in self.model.others if u not in self.channels]
            if not failed and not departed:
                return
            assert failed or ever_failed, f"{departed} were lost by a move"
            ever_failed = True
            if failed:
                self.model = observed(self.call(), self.told, self.model)
            after = self.model
            for uniqueid in departed:
                other = after.others.get(uniqueid)
                if other is None:
                    continue
                ringing = other.place is Place.RINGING
                after = arr.attempt_failed(after, uniqueid) if ringing else arr.left(after, uniqueid)
            for uniqueid in accepted_already(self.call()):
                after = arr.accepted(after, uniqueid)
            after = arr.settled(after)
        raise AssertionError("it never comes to rest")

    def step_to(self, after: Arrangement) -> bool:
        """Whether a command failed."""
        todo = moves(self.model, after)
        for step in todo:
            if isinstance(step, Ring):
                self.told[step.summons.attempt_id] = step.summons
        self.model = arr.without_gone(after)
        failed = False
        for step in todo:
            if self.failing and self.failing.pop():
                failed = True
                continue
            self.carry_out(step)
        return failed

    def ask(self, decide: Callable[[Arrangement], Arrangement]) -> None:
        try:
            after = decide(self.model)
        except (RefusedError, ThereAlreadyError):
            return
        self.settle(after)

    # What happens.

    @rule(failing=st.lists(st.booleans(), max_size=3))
    def some_commands_will_fail(self, failing: list[bool]) -> None:
        self.failing = failing

    @precondition(lambda self: self.channels.get(CALL) in {"menu", "after", "offer"})
    @rule(answered=st.integers(0, 4))
    def the_citizen_begins_to_wait(self, answered: int = 0) -> None:
        self.channels[CALL] = "queue"
        self.model = arr.citizen_waits(self.model, "general")
        self.settle(arr.settled(self.model))
        if answered:
            self.an_operator_answers()

    @precondition(lambda self: self.channels.get(CALL) == "queue")
    @rule()
    def an_operator_answers(self) -> None:
        self.operators_rung += 1
        uniqueid = f"n-{self.operators_rung + 1}"
        self.channels |= {CALL: "bridge", uniqueid: "bridge"}
        self.settle(arr.operator_joined(self.model, uniqueid, "op1001"))

    @rule(wanted=WANTED)
    def somebody_is_summoned(self, wanted: Wanted) -> None:
        self.ask(lambda a: arr.summon(a, wanted))

    @rule(wanted=WANTED, often=st.integers(0, 3))
    def the_call_is_handed_over(self, wanted: Wanted, often: int) -> None:
        if often < 3:
            return
        self.ask(lambda a: arr.hand_over(a, wanted))

    @rule(data=st.data(), wanted=st.none() | WANTED, left_first=st.booleans(), often=st.integers(0, 2))
    @precondition(lambda self: self.channels.get(CALL) == "bridge" and self.model.staff)
    def an_operators_telephone_hands_over(
        self, data: st.DataObject, wanted: Wanted | None, left_first: bool, often: int
    ) -> None:
        if often < 2:
            return
        operator = data.draw(st.sampled_from(sorted(self.model.staff, key=lambda one: one.party_id)))
        # Asterisk has put the citizen on hold before we hear of it.
        del self.channels[operator.party_id]
        self.channels[CALL] = "refer"
        if left_first:
            self.settle(arr.left(self.model, operator.party_id))
        self.model = arr.let_go(self.model, operator.name)
        self.ask(lambda a: arr.referred(a, operator.name, wanted))
        if not left_first:
            self.settle(arr.left(self.model, operator.party_id))

    @rule(request=st.sampled_from([arr.hold, arr.bring_in, arr.leave]))
    def a_button_is_pressed(self, request: Callable[[Arrangement], Arrangement]) -> None:
        self.ask(request)

    @rule(often=st.integers(0, 9))
    def the_citizen_is_sent_to_a_queue(self, often: int) -> None:
        if often == 9:
            self.ask(lambda a: arr.to_queue(a, "english"))

    @rule(data=st.data())
    @precondition(lambda self: self.model.others)
    def a_party_is_dropped(self, data: st.DataObject) -> None:
        party = data.draw(st.sampled_from(sorted(self.model.others)))
        self.ask(lambda a: arr.drop(a, party))

    @rule(data=st.data())
    @precondition(lambda self: "ringing" in self.channels.values())
    def a_telephone_is_answered_and_accepted(self, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from(sorted(u for u, w in self.channels.items() if w == "ringing")))
        self.channels[attempt] = "spy" if attempt_role(attempt) is Role.LISTENER else "room"
        self.settle(arr.accepted(self.model, attempt))

    @rule(data=st.data())
    @precondition(lambda self: "ringing" in self.channels.values())
    def a_ring_fails(self, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from(sorted(u for u, w in self.channels.items() if w == "ringing")))
        del self.channels[attempt]
        self.settle(arr.attempt_failed(self.model, attempt, self.told[attempt].remaining, "no-answer"))

    @rule(number=st.integers(1, 5))
    def a_key_comes_late(self, number: int) -> None:
        self.settle(arr.accepted(self.model, f"{CALL}-u{number}")) if f"{CALL}-u{number}" not in self.channels else None

    @rule(data=st.data())
    @precondition(lambda self: any(w in {"room", "bridge", "spy"} for u, w in self.channels.items() if u != CALL))
    def somebody_hangs_up(self, data: st.DataObject) -> None:
        there = sorted(u for u, w in self.channels.items() if w in {"room", "bridge", "spy"} and u != CALL)
        party = data.draw(st.sampled_from(there))
        self.move(party, "gone")
        self.settle(arr.left(self.model, party))

    @precondition(lambda self: CALL in self.channels)
    @rule(often=st.integers(0, 9))
    def the_citizen_hangs_up(self, often: int) -> None:
        if often < 9:
            return
        self.move(CALL, "gone")
        self.settle(arr.citizen_left(self.model))

    @precondition(lambda self: not self.channels)
    @rule()
    def the_next_citizen_is_answered(self) -> None:
        self.begin()
        self.the_citizen_begins_to_wait(answered=1)

    @rule()
    def the_service_is_killed_and_starts_again(self) -> None:
        made = max([0, *(int(attempt.rpartition("-")[2][1:]) for attempt in self.told)])
        found = observed(self.call(), self.told, replace(Arrangement(CALL, queue="general"), attempts_made=made))
        self.model = found
        self.settle(arr.settled(found))

    # What must always be.

    @invariant()
    def nothing_is_amiss(self) -> None:
        assert list(arr.faults(self.model)) == []
        assert not self.we_hung_up_on_the_citizen

    @invariant()
    def asterisk_agrees(self) -> None:
        seen = observed(self.call(), self.told, self.model)
        assert (seen.citizen, {u: o.place for u, o in seen.others.items()}) == (
            self.model.citizen,
            {u: o.place for u, o in self.model.others.items()},
        )

    @invariant()
    def no_attempt_id_was_used_twice(self) -> None:
        assert self.model.attempts_made >= len(self.told)


OneCall.TestCase.settings = settings(max_examples=200, stateful_step_count=80, deadline=None)
TestOneCall = OneCall.TestCase
