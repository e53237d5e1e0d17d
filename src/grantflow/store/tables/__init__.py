"""All tables. Rows are plain values: no relationships, no lazy loading; times are UTC."""

from grantflow.store.tables.awards import AwardTerm
from grantflow.store.tables.cases import (
    Case,
    ProcessInstance,
    ReferenceNumber,
    Task,
    TaskDraft,
    Timer,
    Wait,
)
from grantflow.store.tables.computations import Computation
from grantflow.store.tables.letter_work import (
    LetterBatch,
    LetterBatchItem,
    TextBlockRow,
)
from grantflow.store.tables.money import (
    BankAccount,
    BudgetItem,
    BudgetYear,
    CommitmentAuthority,
    LedgerEntry,
    PaymentFile,
    PaymentFileEntry,
    PaymentReturn,
    Ranking,
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
from grantflow.store.tables.receipts import (
    Receipt,
    ReceiptFinding,
    SampleDraw,
    SampleItem,
)
from grantflow.store.tables.records import (
    CaseEvent,
    Document,
    FormData,
    Letter,
)
from grantflow.store.tables.rules import RuleVersion
from grantflow.store.tables.suspensions import Suspension

__all__ = [
    "Account",
    "ApiToken",
    "Authority",
    "AwardTerm",
    "BankAccount",
    "BudgetItem",
    "BudgetYear",
    "Call",
    "Case",
    "CaseEvent",
    "CaseMessage",
    "CommitmentAuthority",
    "Computation",
    "ConflictDeclaration",
    "Deadline",
    "Decision",
    "Dispatch",
    "Document",
    "FormData",
    "JobNote",
    "LedgerEntry",
    "Letter",
    "LetterBatch",
    "LetterBatchItem",
    "Membership",
    "Organisation",
    "Payment",
    "PaymentFile",
    "PaymentFileEntry",
    "PaymentReturn",
    "ProcessInstance",
    "ProgrammeRow",
    "ProgrammeVersion",
    "PublicationRecord",
    "Ranking",
    "Receipt",
    "ReceiptFinding",
    "ReferenceNumber",
    "RoleGrant",
    "RuleVersion",
    "SampleDraw",
    "SampleItem",
    "SigninAttempt",
    "Suspension",
    "Task",
    "TaskDraft",
    "TextBlockRow",
    "Timer",
    "Wait",
    "WebSession",
]
