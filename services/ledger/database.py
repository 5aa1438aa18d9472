"""How the database is opened, checked, locked against a second writer."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InvalidRequestError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from langraph.errors import BadSetting, LedgerBroken, LedgerBusy

BUSY_TIMEOUT_MS = 10_000  # LangGraph's saver writes to the same file; its transactions take milliseconds
WRITES = "langraph_writes"

R = TypeVar("R")


def sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


class Database:
    """One engine, one writer at a time, errors in our own words.

    Raises:
        BadSetting: the URL is none, or its driver is not there.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)
        self._one_writer = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        if self.is_sqlite:
            event.listen(self._engine.sync_engine, "connect", _configure_sqlite)
            event.listen(self._engine.sync_engine, "begin", _begin)

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    async def open(self) -> None:
        """Check the file, bring its schema up to date.

        Raises:
            LedgerBroken: the file is damaged, or cannot be opened.
        """
        await asyncio.to_thread(_prepare, self.url)

    async def close(self) -> None:
        """Wait for what still runs, then give the connections back."""
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._engine.dispose()

    async def to_its_end(self, work: Coroutine[Any, Any, R]) -> R:
        """What it gives; the work goes on when who waits for it is cancelled.

        A web server cancels the reader that hung up again and again until its task ends. Half-way through a
        statement that leaves the driver's thread behind, with an answer for an event loop that may be gone.
        """
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one consistent state."""
        with _in_our_words(self.url):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: all of it durable when the block ends, or none of it."""
        with _in_our_words(self.url):
            async with self._one_writer, self._engine.connect() as connection:
                await connection.execution_options(**{WRITES: True})
                async with connection.begin():
                    yield connection


def _engine(url: str) -> AsyncEngine:
    """The URL may hold a password: of it only the scheme is ever repeated."""
    try:
        return create_async_engine(url)
    except (ArgumentError, InvalidRequestError, ImportError) as error:
        scheme = url.partition("://")[0] if "://" in url else "without ://"
        raise BadSetting(
            f"DATABASE_URL={scheme!r} cannot be used ({type(error).__name__}); "
            "write sqlite+aiosqlite:///path/to/ledger.db, or leave it empty"
        ) from error


def _configure_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN is deferred: it would fail half-way when the saver writes too.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(url: str) -> None:
    sync_url = url.replace("+aiosqlite", "").replace("+asyncpg", "")
    with _in_our_words(url):
        engine = create_engine(sync_url)
        try:
            if engine.dialect.name == "sqlite":
                _create_private(Path(str(engine.url.database)))
                event.listen(engine, "connect", _configure_sqlite)
                _quick_check(engine)
            _upgrade(engine)
        finally:
            engine.dispose()


def _create_private(path: Path) -> None:
    """An absent file is made with mode 0600; SQLite gives its WAL the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _quick_check(engine: Engine) -> None:
    with engine.connect() as connection:
        verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if verdict != "ok":
        raise LedgerBroken(
            f"the ledger {engine.url.database} is damaged ({' '.join(str(verdict).split())}); "
            "move it aside and restore a backup, or start without it: git keeps the record of closed incidents"
        )


def _upgrade(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _in_our_words(url: str) -> Iterator[None]:
    where = url.rpartition("@")[2].rpartition("///")[2]
    try:
        yield
    except OperationalError as error:
        if "not a database" in str(error.orig) or "malformed" in str(error.orig):
            raise _broken(where, error) from error
        raise LedgerBusy(
            f"the ledger {where} cannot be used now ({error.orig}); free its disk or stop what else uses it"
        ) from error
    except DatabaseError as error:
        raise _broken(where, error) from error


def _broken(where: str, error: DBAPIError) -> LedgerBroken:
    return LedgerBroken(f"the ledger {where} cannot be trusted ({error.orig}); restore a backup or move it aside")
