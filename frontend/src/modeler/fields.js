// Which fields the properties panel shows for which element.
import { is } from "bpmn-js/lib/util/ModelUtil";

import { eventFields, flowFields, loopFields } from "./flow-fields.js";
import { effectFields } from "./effect-fields.js";
import { property, setProperty, subject } from "./properties.js";

const SAFE_ID = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A field that is kept as a GrantFlow property of the element. */
export function kept(context, name, extra = {}) {
  const { modeler, element, t } = context;
  return {
    key: name,
    kind: "text",
    label: t(`field.${name}`),
    hint: t.maybe(`hint.${name}`),
    value: property(element, name),
    write: (value) => setProperty(modeler, element, name, value),
    ...extra,
  };
}

/** Options for a select with an empty first one. */
export function choices(values, none) {
  return [{ value: "", label: none }, ...values];
}

function general(context) {
  const { modeler, element, t, session } = context;
  const modeling = modeler.get("modeling", false);
  const isProcess = is(subject(element), "bpmn:Process");
  return [
    {
      key: "name", kind: "text", label: t("field.name"),
      value: element.businessObject.name ?? "",
      suggestions: is(element, "bpmn:Lane") ? session.config.vocabulary.lanes : undefined,
      write: (name) => {
        modeling.updateProperties(element, { name: name || undefined });
        const process = subject(element);
        if (process !== element.businessObject) {
          modeling.updateModdleProperties(element, process, { name: name || undefined });
        }
      },
    },
    kept(context, "name_en"),
    ...(isProcess ? ["holds_payments", "changes_grant"].map((name) => ticked(context, name)) : []),
    {
      key: "id", kind: "text", label: t("field.id"),
      hint: t(isProcess ? "hint.process_id" : "hint.id"),
      value: subject(element).id,
      write: (id) => rename(context, id),
    },
  ];
}

function rename({ modeler, element, t }, id) {
  const elements = modeler.get("elementRegistry");
  if (!SAFE_ID.test(id)) return t("fault.id_letters");
  const business = subject(element);
  const taken = elements.get(id);
  if (taken && taken !== element) return t("fault.id_taken");
  const modeling = modeler.get("modeling", false);
  if (business === element.businessObject) modeling.updateProperties(element, { id });
  else modeling.updateModdleProperties(element, business, { id });
  return null;
}

const CARRYING = ["bpmn:MessageEventDefinition", "bpmn:SignalEventDefinition"];
const CATCHING = ["bpmn:BoundaryEvent", "bpmn:IntermediateCatchEvent"];

/** An event, what it sends or takes along, and which of those that come it means. */
function event(context) {
  const business = context.element.businessObject;
  const definition = business.get("eventDefinitions")?.[0];
  const carries = definition && CARRYING.some((type) => is(definition, type));
  const catches = carries && CATCHING.some((type) => is(business, type));
  return [
    ...eventFields(context),
    ...(carries ? [kept(context, "payload")] : []),
    ...(catches ? [kept(context, "when", { feel: true })] : []),
  ];
}

function userTask(context) {
  const { element, t, session } = context;
  const { forms, roles, letters } = session.config.vocabulary;
  const lane = session.config.lane_roles[laneOf(context)];
  const fromLane = lane ? t("option.role_of_lane", { role: labelOf(roles, lane) }) : t("option.no_role");
  const own = { value: "", label: t("option.form_by_id", { id: element.id }) };
  const none = { value: "none", label: t("option.no_form") };
  return [
    kept(context, "form", { kind: "select", options: [own, none, ...forms] }),
    kept(context, "role", { kind: "select", options: choices(roles, fromLane) }),
    kept(context, "due", { feel: true }),
    kept(context, "letter", { kind: "select", options: choices(letters, t("option.no_letter")) }),
    notBy(context),
    ticked(context, "declaration", "conflict_of_interest"),
    ticked(context, "public"),
    kept(context, "shows", { feel: true }),
    kept(context, "assignee", { feel: true }),
    kept(context, "item", { feel: true }),
  ];
}

/** A property that is there with one value, or not at all. */
function ticked(context, name, on = "true") {
  const { modeler, element } = context;
  return kept(context, name, {
    kind: "check",
    value: property(element, name) === on,
    write: (set) => setProperty(modeler, element, name, set ? on : ""),
  });
}

const labelOf = (options, value) => options.find((one) => one.value === value)?.label ?? value;

function laneOf({ modeler, element }) {
  const lanes = modeler.get("elementRegistry").filter((one) => is(one, "bpmn:Lane"));
  const inside = (lane) => (lane.businessObject.get("flowNodeRef") ?? []).includes(element.businessObject);
  return lanes.find(inside)?.businessObject.name ?? "";
}

function notBy(context) {
  const { modeler, element } = context;
  const others = modeler.get("elementRegistry")
    .filter((one) => is(one, "bpmn:UserTask") && one !== element && !one.labelTarget)
    .map((one) => ({ value: one.id, label: one.businessObject.name || one.id }));
  const value = property(element, "not_by").split(",").map((id) => id.trim()).filter(Boolean);
  const known = new Set(others.map((one) => one.value));
  const elsewhere = value.filter((id) => !known.has(id)).map((id) => ({ value: id, label: id }));
  return kept(context, "not_by", {
    kind: "checks", value, options: [...others, ...elsewhere],
    write: (ids) => setProperty(modeler, element, "not_by", ids.join(", ")),
  });
}

function decision(context) {
  const { decisions } = context.session.config.vocabulary;
  return [kept(context, "decision", { kind: "select", options: choices(decisions, context.t("option.choose")) })];
}

function script(context) {
  const { modeler, element, t } = context;
  return [{
    key: "script", kind: "area", rows: 5, feel: "script", label: t("field.script"), hint: t("hint.script"),
    value: element.businessObject.script ?? "",
    write: (value) => modeler.get("modeling").updateProperties(element, { script: value }),
  }];
}

function called(context) {
  const { modeler, element, t, session } = context;
  return [{
    key: "calledElement", kind: "select", label: t("field.calledElement"),
    value: element.businessObject.calledElement ?? "",
    options: choices(session.config.vocabulary.processes, t("option.choose")),
    write: (value) => modeler.get("modeling").updateProperties(element, { calledElement: value || undefined }),
  }];
}

function documentation(context) {
  const { modeler, element, t } = context;
  const factory = modeler.get("bpmnFactory", false);
  const write = (text) => modeler.get("modeling").updateProperties(element, {
    documentation: text ? [factory.create("bpmn:Documentation", { text })] : [],
  });
  const value = element.businessObject.get("documentation")?.[0]?.text ?? "";
  return [{ key: "documentation", kind: "area", label: t("field.documentation"), value, write }];
}

const OWN = [
  ["bpmn:UserTask", "group.user_task", userTask],
  ["bpmn:ServiceTask", "group.effect", effectFields],
  ["bpmn:BusinessRuleTask", "group.decision", decision],
  ["bpmn:ScriptTask", "group.script", script],
  ["bpmn:CallActivity", "group.call", called],
  ["bpmn:Event", "group.event", event],
  ["bpmn:SequenceFlow", "group.flow", flowFields],
  ["bpmn:Activity", "group.loop", loopFields],
];

const NAMED = ["bpmn:FlowElement", "bpmn:Process", "bpmn:Lane", "bpmn:Participant"];

/** The groups of fields for an element, in the order of use. */
export function groupsOf(context) {
  const { element, t } = context;
  if (!NAMED.some((type) => is(element, type))) return [];
  const groups = [{ title: t("group.general"), fields: general(context) }];
  for (const [type, title, fields] of OWN) {
    const shown = is(element, type) ? fields(context) : [];
    if (shown.length) groups.push({ title: t(title), fields: shown });
  }
  groups.push({ title: t("group.documentation"), fields: documentation(context), open: false });
  return groups;
}
