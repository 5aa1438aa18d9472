"""Paging through two histories as one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.history import Page, Position, page
from langraph.errors import BadInput, GitUnavailable, NotFound
from langraph.models.incident import Category, Incident, Severity, Status
from langraph.ports import IncidentFilter, RecordedIncident

START = datetime(2026, 11, 20, tzinfo=UTC)
ANY = IncidentFilter()


def an_incident(at_ms: int) -> Incident:
    """Opened at this time; several a second have ids that sort unlike their times."""
    at = START + timedelta(milliseconds=at_ms)
    return Incident(
        id=f"incident-{at:%Y%m%d%H%M%S}-{(at_ms * 7919) % 0x1000000:06x}",
        fingerprint=f"{at_ms:032x}",
        category=Category.OOM,
        runbook=None,
        app="grafana",
        namespace=None,
        severity=Severity.HIGH,
        status=Status.DETECTED,
        source="loki",
        first_line="x",
        labels={},
        facts={},
        opened_at=at,
        last_seen_at=at,
        count=1,
    )


@dataclass
class TwoLists:
    """As much of a ledger and of git as the list asks."""

    known: list[Incident] = field(default_factory=list)
    records: list[RecordedIncident] = field(default_factory=list)
    git_down: bool = False
    asked: int = 0
    """How often the ledger was asked about one incident."""

    async def incident(self, incident_id: str) -> Incident:
        self.asked += 1
        for one in self.known:
            if one.id == incident_id:
                return one
        raise NotFound("no such incident")

    async def incidents(
        self, where: IncidentFilter, limit: int, after: str | None = None
    ) -> tuple[Sequence[Incident], str | None]:
        ordered = sorted(self.known, key=lambda one: (one.opened_at, one.id), reverse=True)
        if after is not None:
            ids = [one.id for one in ordered]
            if after not in ids:
                raise NotFound("no such incident")
            ordered = ordered[ids.index(after) + 1 :]
        fitting = [one for one in ordered if where.app in (None, one.app)]
        return fitting[:limit], fitting[limit - 1].id if len(fitting) > limit else None

    async def recorded(self) -> Sequence[RecordedIncident]:
        if self.git_down:
            raise GitUnavailable("git is away")
        return self.records

    async def page(self, limit: int, after: Position, where: IncidentFilter = ANY) -> Page:
        return await page(self, self, where, limit, after)  # type: ignore[arg-type]  # only what the list asks for

    def record(self, at_ms: int, incident_id: str | None = None) -> None:
        self.records.append(RecordedIncident(incident_id or an_incident(at_ms).id, "c" * 40, {"app": "grafana"}))


TIMES = st.lists(st.integers(0, 9_000), unique=True, max_size=25)


@settings(max_examples=100, deadline=None)
@given(live=TIMES, recorded=TIMES, limit=st.integers(1, 7), arrivals=st.lists(st.integers(9_001, 9_900), unique=True))
def test_every_incident_is_listed_once_newest_first_whatever_arrives_meanwhile(
    live: list[int], recorded: list[int], limit: int, arrivals: list[int]
) -> None:
    lists = TwoLists([an_incident(at) for at in live])
    for at in recorded:
        lists.record(at)
    expected = {an_incident(at).id for at in {*live, *recorded}}
    listed: list[str] = []

    async def read() -> None:
        after: Position | None = Position()
        while after is not None:
            piece = await lists.page(limit, after)
            listed.extend(one.id for one in piece.items)
            assert len(piece.items) == limit or piece.next is None
            after = Position.parse(str(piece.next)) if piece.next else None
            if arrivals:
                lists.known.append(an_incident(arrivals.pop()))

    asyncio.run(read())
    assert sorted(listed) == sorted(expected)
    seconds = [one.split("-")[1] for one in listed]
    assert seconds == sorted(seconds, reverse=True)


async def test_what_only_git_knows_stands_at_its_time() -> None:
    lists = TwoLists([an_incident(5_000), an_incident(1_000)])
    lists.record(3_000)
    lists.record(5_000)
    listed = await lists.page(10, Position())
    assert [type(one).__name__ for one in listed.items] == ["Incident", "RecordedIncident", "Incident"]
    assert listed.next is None


async def test_a_long_history_that_both_know_is_not_asked_for_again_one_by_one() -> None:
    lists = TwoLists([an_incident(at * 1_000) for at in range(200)])
    for at in range(200):
        lists.record(at * 1_000)
    after: Position | None = Position()
    while after is not None:
        after = (await lists.page(20, after)).next
    assert lists.asked <= 10  # at most the one at each page's edge


async def test_git_being_away_hides_only_what_git_alone_knows() -> None:
    lists = TwoLists([an_incident(5_000)], git_down=True)
    lists.record(3_000)
    listed = await lists.page(10, Position())
    assert [one.id for one in listed.items] == [an_incident(5_000).id]
    assert not listed.git_available


async def test_a_folder_that_is_no_incident_is_not_listed() -> None:
    lists = TwoLists()
    lists.record(0, "incident-of-last-week")
    lists.record(0, "learning")
    assert (await lists.page(10, Position())).items == []


async def test_a_filter_holds_for_both() -> None:
    lists = TwoLists([an_incident(5_000)])
    lists.record(3_000)
    assert (await lists.page(10, Position(), IncidentFilter(app="loki"))).items == []
    assert len((await lists.page(10, Position(), IncidentFilter(app="grafana"))).items) == 2


@pytest.mark.parametrize("after", ["x", "~~", "incident-20261120000000-00000a", "a~b", "~incident-20261120000000-XX"])
def test_a_position_that_no_page_gave_is_refused(after: str) -> None:
    with pytest.raises(BadInput, match="leave it out"):
        Position.parse(after)


async def test_a_position_after_an_incident_that_is_not_known_is_refused() -> None:
    with pytest.raises(BadInput, match="not known"):
        await TwoLists().page(10, Position("incident-20261120000000-00000a"))
