"""All tables. Rows are plain values: no relationships, no lazy loading; times are UTC."""

from grantflow.store.tables.cases import (
    Case,
    ProcessInstance,
    ReferenceNumber,
    Task,
    TaskDraft,
    Timer,
    Wait,
)
from grantflow.store.tables.offers import (
    Call,
    ProgrammeRow,
    ProgrammeVersion,
)
from grantflow.store.tables.outcomes import (
    CaseMessage,
    ConflictDeclaration,
    Deadline,
    Decision,
    Dispatch,
    JobNote,
    Payment,
    PublicationRecord,
)
from grantflow.store.tables.people import (
    Account,
    ApiToken,
    Authority,
    Membership,
    Organisation,
    RoleGrant,
    SigninAttempt,
    WebSession,
)
from grantflow.store.tables.records import (
    CaseEvent,
    Document,
    FormData,
    Letter,
)

__all__ = [
    "Account",
    "ApiToken",
    "Authority",
    "Call",
    "Case",
    "CaseEvent",
    "CaseMessage",
    "ConflictDeclaration",
    "Deadline",
    "Decision",
    "Dispatch",
    "Document",
    "FormData",
    "JobNote",
    "Letter",
    "Membership",
    "Organisation",
    "Payment",
    "ProcessInstance",
    "ProgrammeRow",
    "ProgrammeVersion",
    "PublicationRecord",
    "ReferenceNumber",
    "RoleGrant",
    "SigninAttempt",
    "Task",
    "TaskDraft",
    "Timer",
    "Wait",
    "WebSession",
]
