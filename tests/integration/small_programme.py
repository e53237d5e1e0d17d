"""A small programme for tests of the services: apply, check, decide, be notified, be paid.

It is written here and not in files so that a test can see all that it rests on.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from grantflow.programmes.package import Package

RULES = Path(__file__).parents[2] / "workflows" / "_shared" / "rules" / "federal.toml"

PROGRAMME = """
key = "pond_restoration"
title = { de = "Teiche", en = "Ponds" }
summary = { de = "Teiche werden wieder tief.", en = "Ponds become deep again." }
profile = "federal"
reference_prefix = "POND"

[lanes]
Antrag = "APPLICANT"
Amt = "CASE_OFFICER"
Leitung = "HEAD_OF_UNIT"
Jury = "PANEL_MEMBER"
System = "CASE_OFFICER"

[authority]
key = "pond_office"
name = "Teichamt"
short = "TA"
street = "Uferweg 1"
postcode = "12345"
town = "Seestadt"
seat = "Seestadt"
holiday_calendar = "BE"

[authority.remedy]
kind = "objection"
body = "Teichamt"
street = "Uferweg 1"
postcode = "12345"
town = "Seestadt"

[[calls]]
key = "spring"
title = { de = "Frühjahr", en = "Spring" }
opens = 2027-01-01
closes = 2027-06-30

[[calls]]
key = "autumn"
title = { de = "Herbst", en = "Autumn" }
opens = 2027-09-01

[texts.refused]
de = "Der Abruf wurde abgelehnt."
en = "The request was refused."

[side_processes.payment]
title = { de = "Auszahlung", en = "Payment" }
role = "APPLICANT"
stages = ["notice"]

[side_processes.opinions]
title = { de = "Bewertungen", en = "Reviews" }
role = "CASE_OFFICER"
"""

NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def _element(tag: str, element_id: str, inner: str = "", attributes: str = "", **props: str) -> str:
    lines = "".join(
        f"<s:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in {"name_en": element_id, **props}.items()
    )
    extension = f"<extensionElements><s:properties>{lines}</s:properties></extensionElements>"
    name = quoteattr(element_id.replace("_", " ").capitalize())
    return f'<{tag} id="{element_id}" name={name} {attributes}>{extension}{inner}</{tag}>'


def start(element_id: str = "begin") -> str:
    return _element("startEvent", element_id)


def end(element_id: str = "finish") -> str:
    return _element("endEvent", element_id)


def task(element_id: str, **props: str) -> str:
    return _element("userTask", element_id, **props)


def effect(element_id: str, name: str, **props: str) -> str:
    return _element("serviceTask", element_id, effect=name, **props)


def call(element_id: str, process: str) -> str:
    return _element("callActivity", element_id, attributes=f'calledElement="{process}"')


def timer(element_id: str, value: str, *, on: str = "", kind: str = "timeDuration") -> str:
    expression = f'<{kind} xsi:type="tFormalExpression">{value}</{kind}>'
    definition = (
        f'<timerEventDefinition id="{element_id}_timer">{expression}</timerEventDefinition>'
    )
    return _event(element_id, definition, on)


def message(element_id: str, name: str, *, on: str = "") -> str:
    return _event(
        element_id, f'<messageEventDefinition id="{element_id}_m" messageRef="{name}_m"/>', on
    )


def _event(element_id: str, definition: str, on: str) -> str:
    if on:
        return _element("boundaryEvent", element_id, definition, f'attachedToRef="{on}"')
    return _element("intermediateCatchEvent", element_id, definition)


def choice(element_id: str, default: str) -> str:
    return _element("exclusiveGateway", element_id, attributes=f'default="{default}"')


def each(element_id: str, collection: str, variable: str, **props: str) -> str:
    """A user task for every item of a collection at the same time."""
    loop = (
        "<multiInstanceLoopCharacteristics>"
        f"<loopDataInputRef>{collection}</loopDataInputRef>"
        f'<inputDataItem id="{variable}" name="{variable}"/>'
        "</multiInstanceLoopCharacteristics>"
    )
    return _element("userTask", element_id, loop, **props)


def process(
    process_id: str, lanes: dict[str, str], *parts: str, flow: str, messages: str = ""
) -> bytes:
    """A diagram; ``flow`` is lines ``a > b > c`` and ``a > b : condition``, lanes name elements."""
    refs = "".join(
        f'<lane id="{process_id}_{lane}" name="{lane}">'
        + "".join(f"<flowNodeRef>{e}</flowNodeRef>" for e in elements.split())
        + "</lane>"
        for lane, elements in lanes.items()
    )
    named = "".join(f'<message id="{m}_m" name="{m}"/>' for m in messages.split())
    lane_set = f'<laneSet id="{process_id}_lanes">{refs}</laneSet>' if refs else ""
    name = process_id.capitalize()
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions {NAMESPACES} id="{process_id}_d" '
        f'targetNamespace="https://example.org">{named}'
        f'<process id="{process_id}" name="{name}" isExecutable="true">'
        f"<extensionElements><s:properties><s:property name='name_en' value='{name} (en)'/>"
        f"</s:properties></extensionElements>{lane_set}{''.join(parts)}{_flows(flow)}"
        "</process></definitions>"
    ).encode()


def _flows(flow: str) -> str:
    found = []
    for line in filter(None, map(str.strip, flow.splitlines())):
        path, _, condition = line.partition(" : ")
        steps = [step.strip() for step in path.split(">")]
        for source, target in pairwise(steps):
            inner = ""
            if condition:
                inner = (
                    '<conditionExpression xsi:type="tFormalExpression">'
                    f"{condition.replace('<', '&lt;')}</conditionExpression>"
                )
            flow_id = f"{source}__{target}"
            found.append(
                f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">'
                f"{inner}</sequenceFlow>"
            )
    return "".join(found)


LIFECYCLE = process(
    "lifecycle",
    {},
    start(),
    call("run_application", "application"),
    call("run_notice", "notice"),
    message("withdrawn", "withdrawal", on="run_application"),
    effect("mark_withdrawn", "status", status="WITHDRAWN"),
    end(),
    end("given_up"),
    flow="""
        begin > run_application > run_notice > finish
        withdrawn > mark_withdrawn > given_up
    """,
    messages="withdrawal",
)

APPLICATION = process(
    "application",
    {"Antrag": "submit", "Amt": "check", "System": "lapsed mark_lapsed mark_submitted thank"},
    start(),
    task("submit", public="true", due="P30D"),
    timer("lapsed", "P60D", on="submit"),
    effect("mark_lapsed", "status", status="LAPSED"),
    effect("mark_submitted", "status", status="SUBMITTED", stage="application"),
    effect("thank", "letter", letter="acknowledgement", what="submit"),
    task("check", due="P14D"),
    end(),
    end("never_came"),
    flow="""
        begin > submit > mark_submitted > thank > check > finish
        lapsed > mark_lapsed > never_came
    """,
)

NOTICE = process(
    "notice",
    {"Amt": "draft_decision wrap_up", "Leitung": "approve", "System": "draft_letter decide send"},
    start(),
    task("draft_decision"),
    effect("draft_letter", "letter", letter="grant_decision", hold="true", result="letter_id"),
    task("approve", form="none", not_by="draft_decision", letter="grant_decision"),
    effect("decide", "decide", kind="grant", outcome="=decision_outcome", amount="=approved_amount",
           reasons_from="draft_decision.reasons"),
    effect("send", "dispatch", letter="grant_decision"),
    message("sent", "dispatched_grant_decision"),
    effect("mark_notified", "status", status="NOTIFIED"),
    effect("remedy", "deadline", kind="remedy", letter="grant_decision", result="finality_at"),
    timer("final", "=finality_at", kind="timeDate"),
    effect("close_deadline", "meet_deadline", kind="remedy"),
    effect("mark_final", "status", status="FINAL"),
    effect("tell", "publish"),
    task("wrap_up", form="none"),
    end(),
    flow="""
        begin > draft_decision > draft_letter > approve > decide > send > sent > mark_notified
        mark_notified > remedy > final > close_deadline > mark_final > tell > wrap_up > finish
    """,
    messages="dispatched_grant_decision",
)  # fmt: skip

PAYMENT = process(
    "payment",
    {"Antrag": "ask", "Amt": "look", "Leitung": "order", "System": "book"},
    start(),
    task("ask"),
    effect("book", "pay", amount="=payment_amount", state="requested"),
    task("look", form="none"),
    task("order", not_by="look"),
    choice("ordered", "ordered__refuse"),
    effect("release", "pay", amount="=payment_amount", state="approved"),
    effect("pay_out", "pay", amount="=payment_amount", state="ordered"),
    effect("refuse", "pay", amount="=payment_amount", state="refused"),
    effect("say_no", "notify", template="refused", to="applicant"),
    end(),
    end("not_paid"),
    flow="""
        begin > ask > book > look > order > ordered
        ordered > release : payment_approval = "approve"
        release > pay_out > finish
        ordered > refuse
        refuse > say_no > not_paid
    """,
)

OPINIONS = process(
    "opinions",
    {"Amt": "choose", "Jury": "opine"},
    start(),
    task("choose"),
    each("opine", "reviewers", "reviewer", assignee="=reviewer", item="=reviewer",
         declaration="conflict_of_interest", form="opinion"),
    task("sum_up", form="none", role="CASE_OFFICER"),
    end(),
    flow="begin > choose > opine > sum_up > finish",
)  # fmt: skip


def field(kind: str, key: str, *, required: bool = False, **more: Any) -> dict[str, Any]:
    """A component of a form."""
    properties = {"label_en": key, **more.pop("properties", {})}
    found = {"id": f"id_{key}", "type": kind, "key": key, "label": key, "properties": properties}
    return {**found, "validate": {"required": required}, **more}


def form(name: str, *fields: dict[str, Any]) -> bytes:
    properties = {"title": name, "title_en": name}
    return json.dumps({"id": name, "properties": properties, "components": fields}).encode()


def receipts_table(mode: str, statement: str = "") -> dict[str, Any]:
    """The receipts of a statement in a form."""
    properties = {"label_en": "Receipts", "receipts": mode, "statement": statement}
    return {"id": "id_receipts", "type": "table", "label": "Belege", "dataSource": "=receipts",
            "properties": properties}  # fmt: skip


ROUTING = {"routing": "true"}
MONEY = {"routing": "true", "format": "money"}


def choices(key: str, *values: str) -> dict[str, Any]:
    options = [{"label": v, "value": v} for v in values]
    english = json.dumps({v: v for v in values})
    return field("radio", key, required=True, values=options,
                 properties={**ROUTING, "values_en": english})  # fmt: skip


FORMS = {
    "submit": form(
        "submit",
        field("textfield", "depth", required=True),
        field("number", "requested_amount", required=True, properties=MONEY, decimalDigits=2),
        field("filepicker", "map"),
        receipts_table("edit"),
    ),
    "check": form("check", choices("verdict", "good", "bad"), field("textarea", "note"),
                  receipts_table("check", "submit")),
    "draft_decision": form(
        "draft_decision",
        choices("decision_outcome", "grant", "partial", "reject"),
        field("number", "approved_amount", properties=MONEY, decimalDigits=2),
        field("textarea", "purpose"),
        field("textarea", "reasons"),
    ),
    "ask": form(
        "ask", field("number", "payment_amount", required=True, properties=MONEY, decimalDigits=2)
    ),
    "order": form("order", choices("payment_approval", "approve", "refuse")),
    "choose": form(
        "choose",
        field("checklist", "reviewers", required=True,
              valuesKey="panel_members", properties=ROUTING),
    ),
    "opinion": form(
        "opinion",
        field("number", "points", required=True, properties=ROUTING),
        field("textarea", "words"),
    ),
}  # fmt: skip

LETTERS = {
    "acknowledgement": (
        'kind = "information"\nlegal_nature = "none"\nremedy = false\nsubject = "Eingang"\n'
        'optional_facts = ["what"]\n'
        'title = { de = "Eingangsbestätigung", en = "Acknowledgement" }\n',
        "<p>Ihr Antrag zu „{{ case.project }}“ ist da.</p>",
    ),
    "grant_decision": (
        'kind = "decision"\nlegal_nature = "VA"\nremedy = true\nsubject = "Bescheid"\n'
        'needs = ["decision.amount"]\n'
        'title = { de = "Bescheid", en = "Decision" }\n'
        '[blocks.opening]\nlabel = "Einleitung"\nlabel_en = "Opening"\n'
        'text = "Wir bewilligen {{ decision.amount | euro }}."\n',
        '{{ block("opening") }}<p>{{ decision.reasons }}</p>{% include "blocks/remedy.html" %}',
    ),
}


def package(**changed: bytes) -> Package:
    """The package; keyword arguments replace diagrams by their name."""
    stages = {"application": APPLICATION, "notice": NOTICE} | changed
    files = {
        "programme.toml": PROGRAMME.encode(),
        "lifecycle.bpmn": stages.pop("lifecycle", LIFECYCLE),
        "side/payment.bpmn": stages.pop("payment", PAYMENT),
        "side/opinions.bpmn": stages.pop("opinions", OPINIONS),
        "_shared/rules/federal.toml": RULES.read_bytes(),
    }
    files |= {f"stages/{name}.bpmn": xml for name, xml in stages.items()}
    files |= {f"forms/{name}.form": schema for name, schema in FORMS.items()}
    for name, (toml, body) in LETTERS.items():
        files[f"letters/{name}/letter.toml"] = toml.encode()
        files[f"letters/{name}/body.html"] = body.encode()
    return Package(files)
