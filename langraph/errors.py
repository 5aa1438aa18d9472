"""Everything that can go wrong, as one tree. The message says what, which value, what to do.

LangraphError
├── Transient                 the same call may succeed later: wait, then again
│   ├── SourceUnavailable       Loki, Prometheus or a file cannot be read now; carries `retry_after`
│   ├── GitUnavailable          the GitOps repository cannot be reached or the push lost a race too often
│   ├── ChannelUnavailable      Slack or another channel does not take messages now
│   ├── LedgerBusy              the database is locked or its disk is full
│   └── Halted                  the kill switch is on: nothing may be pushed until `langraph resume`
└── Permanent                 the same call fails again: somebody has to change something
    ├── BadSetting              a setting is unknown, missing or makes no sense
    ├── BadInput                a body, a file or an argument from outside makes no sense
    │   ├── BadQuantity           not a Kubernetes quantity
    │   └── BadRunbook            a runbook file breaks its schema
    ├── BadQuery                the source understood the query, refuses it
    ├── NotFound                no such incident, proposal or file
    ├── Conflict                right request, wrong moment: already decided, closed, expired
    ├── Forbidden               this person may not do this
    ├── EditRefused             a values file cannot be edited without touching something else
    ├── PolicyDenied            a guardrail says no
    ├── Stale                   somebody changed the value since the approver saw it
    └── LedgerBroken            the database or its directory cannot be trusted or opened
"""


class LangraphError(Exception):
    """Root of the tree; its text is one sentence for a person.

    Args:
        message: the sentence, in English.
        ko: the same in Korean; None where only operators and logs meet it.
    """

    def __init__(self, message: str = "", *, ko: str | None = None) -> None:
        super().__init__(message)
        self.ko = ko


class Transient(LangraphError):
    """May succeed later."""


class SourceUnavailable(Transient):
    """A source of events or measurements cannot be read now.

    Args:
        message: what, where, the answer it gave.
        retry_after: seconds the source asked us to wait, when it said so.
        too_large: True when a smaller page may arrive where this one did not.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, too_large: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.too_large = too_large


class GitUnavailable(Transient):
    """The GitOps repository cannot be read or written now."""


class ChannelUnavailable(Transient):
    """A message cannot be delivered now.

    Args:
        message: what, where, the answer it gave.
        retry_after: seconds the channel asked us to wait, when it said so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LedgerBusy(Transient):
    """The ledger cannot be written now."""


class Halted(Transient):
    """The kill switch is on."""


class Permanent(LangraphError):
    """Will fail again until somebody changes something."""


class BadSetting(Permanent):
    """A setting is unknown, missing or makes no sense: names it, its value, the cure."""


class BadInput(Permanent):
    """Something given to us from outside makes no sense."""


class BadQuantity(BadInput):
    """Not a Kubernetes quantity."""


class BadRunbook(BadInput):
    """A runbook file breaks its schema."""


class BadQuery(Permanent):
    """The source refuses the query itself."""


class NotFound(Permanent):
    """No such thing."""


class Conflict(Permanent):
    """The request came at the wrong moment."""


class Forbidden(Permanent):
    """This person may not do this."""


class EditRefused(Permanent):
    """The edit would change something else, or the file is not fit to be edited."""


class PolicyDenied(Permanent):
    """A guardrail says no."""


class Stale(Permanent):
    """The value is no longer what the approver saw."""


class LedgerBroken(Permanent):
    """The ledger cannot be trusted or opened."""
