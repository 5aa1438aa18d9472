"""The workflow as a LangGraph graph: nodes, edges, interrupts, where a thread stands. The only importer of langgraph.

    triage -> diagnose -> propose -> notify -> approve -> apply -> verify -> record
                                                                      |        ^
                                                                      +-> rollback (not recovered, and wanted)
                             ^          |         |         |       |  ^
                             |          +-> record (nothing to do)  +--+ (look again later)
                             +---------- stale ---+---------+
                                        approve -> record (rejected, expired)
                                        approve -> notify (modified, needs a second approval)

Node names are stable for ever: a waiting thread finds its way by them. `notify` has the effect, `approve` only
waits. The ledger decides everything; a thread is never asked whether an incident is finished or approved.
"""

import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self, cast

# Before the import: without it a checkpoint could name any class to be imported (CVE-2026-28277).
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
os.environ["LANGSMITH_TRACING"] = "false"

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from langraph import reverting, workflow
from langraph.doors import Doors
from langraph.failpoint import reach
from langraph.models.state import State

GRAPH_VERSION = 1  # in every thread's metadata; raise it when edges change their meaning
RECURSION_LIMIT = 200  # steps in one run; the longest waits are separate runs
NODE_TIMEOUT = timedelta(minutes=10)  # longer than every git and HTTP timeout below it

Step = Callable[[Doors, State], Awaitable[State]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thread that stands at an interrupt."""

    interrupt_id: str
    node: str
    """`approve` or `verify`."""
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Underway:
    """A thread that stopped between two steps, or has nothing left to do."""


@dataclass(frozen=True, slots=True)
class NotStarted:
    """No thread of that name."""


Position = Waiting | Underway | NotStarted


def build() -> StateGraph[State, Doors, State, State]:
    """The graph without a saver; what the page draws."""
    graph = StateGraph(State, context_schema=Doors)
    steps: dict[str, Any] = {
        "triage": _node(workflow.triage),
        "diagnose": _node(workflow.diagnose),
        "propose": _node(workflow.propose),
        "notify": _node(workflow.notify),
        "approve": _approve,
        "apply": _node(workflow.apply),
        "verify": _verify,
        "rollback": _node(reverting.rollback),
        "record": _node(workflow.record_outcome),
    }
    for name, step in steps.items():
        graph.add_node(name, step, timeout=NODE_TIMEOUT)
    for start, end in ((START, "triage"), ("triage", "diagnose"), ("diagnose", "propose"), ("propose", "notify")):
        graph.add_edge(start, end)
    graph.add_conditional_edges("notify", _after_notify, ["approve", "record"])
    graph.add_conditional_edges("approve", _after_approve, ["apply", "notify", "record"])
    graph.add_conditional_edges("apply", _after_apply, ["verify", "propose"])
    graph.add_conditional_edges("verify", _after_verify, ["verify", "rollback", "record"])
    graph.add_edge("rollback", "record")
    graph.add_edge("record", END)
    return graph


def _node(step: Step) -> Callable[[State, Runtime[Doors]], Awaitable[State]]:
    async def run(state: State, runtime: Runtime[Doors]) -> State:
        reach("graph.node.before")
        learned = await step(runtime.context, state)
        reach("graph.node.after")
        return learned

    return run


async def _approve(state: State, runtime: Runtime[Doors]) -> State:
    """Wait for people. Nothing before the interrupt has an effect: this node runs again on resume."""
    proposal = await runtime.context.ledger.proposal(str(state["proposal_digest"]))
    answer = interrupt(workflow.approval_request(proposal))
    return await workflow.take_answer(runtime.context, state, answer)


async def _verify(state: State, runtime: Runtime[Doors]) -> State:
    """Wait for the time that the look before asked for, then look."""
    if state.get("wake_at"):
        interrupt({"timer": state["wake_at"]})
    return await workflow.verify(runtime.context, state)


def _after_notify(state: State) -> str:
    return "record" if state.get("outcome") else "approve"


def _after_approve(state: State) -> str:
    if state.get("outcome"):
        return "record"
    return "apply" if state.get("answer") == "approve" else "notify"


def _after_apply(state: State) -> str:
    return "verify" if state.get("commit") else "propose"


async def _after_verify(state: State, runtime: Runtime[Doors]) -> str:
    if not state.get("outcome"):
        return "verify"
    return "rollback" if await reverting.wants_revert(runtime.context, state) else "record"


class IncidentGraph:
    """The graph with its saver: one thread per incident.

    There is no lock per thread inside: whoever calls holds the incident's lock.

    Args:
        doors: what the steps may use.
        checkpoints: path of the SQLite file that keeps the threads.
    """

    def __init__(self, doors: Doors, checkpoints: str) -> None:
        self._doors = doors
        self._path = checkpoints
        self._stack = AsyncExitStack()
        self._graph: CompiledStateGraph[State, Doors, State, State] | None = None

    async def __aenter__(self) -> Self:
        saver = await self._stack.enter_async_context(AsyncSqliteSaver.from_conn_string(self._path))
        await saver.setup()
        for pragma in ("synchronous=FULL", "busy_timeout=10000"):
            await saver.conn.execute(f"PRAGMA {pragma}")
        self._graph = build().compile(checkpointer=cast("BaseCheckpointSaver[str]", saver), name="incident")
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._stack.aclose()

    async def position(self, incident_id: str) -> Position:
        """Where the incident's thread stands."""
        found = await self._compiled.aget_state(self._config(incident_id))
        if found.created_at is None:
            return NotStarted()
        for task in found.tasks:
            for waiting in task.interrupts:
                return Waiting(waiting.id, task.name, dict(waiting.value))
        return Underway()

    async def start(self, incident_id: str) -> None:
        """Run a new thread to its first wait. Never for one that exists."""
        await self._run({"incident_id": incident_id}, incident_id)

    async def resume(self, incident_id: str, interrupt_id: str, answer: dict[str, Any]) -> None:
        """Answer exactly this interrupt, run to the next wait."""
        await self._run(Command(resume={interrupt_id: answer}), incident_id)

    async def proceed(self, incident_id: str) -> None:
        """Go on where a crash left the thread."""
        await self._run(None, incident_id)

    async def _run(self, given: Any, incident_id: str) -> None:
        await self._compiled.ainvoke(
            given, self._config(incident_id), context=self._doors, durability="sync", version="v2"
        )

    @property
    def _compiled(self) -> CompiledStateGraph[State, Doors, State, State]:
        if self._graph is None:
            raise RuntimeError("IncidentGraph is used before `async with`")
        return self._graph

    @staticmethod
    def _config(incident_id: str) -> RunnableConfig:
        return {
            "configurable": {"thread_id": incident_id},
            "recursion_limit": RECURSION_LIMIT,
            "metadata": {"graph_version": GRAPH_VERSION},
        }


def timer_of(waiting: Waiting) -> datetime:
    """When a `verify` interrupt wants to be woken."""
    return datetime.fromisoformat(str(waiting.value["timer"]))
