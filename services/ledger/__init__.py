"""The ledger: what must survive a crash, in one SQL database. The only importer of SQLAlchemy."""

from services.ledger.ledger import SqlLedger

__all__ = ["SqlLedger"]
