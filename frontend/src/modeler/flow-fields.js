// The fields of events (timers, messages, signals), of conditions and of repetition.
import { is } from "bpmn-js/lib/util/ModelUtil";

const TIMERS = ["timeDuration", "timeDate", "timeCycle"];
const NAMED = {
  "bpmn:MessageEventDefinition": ["messageRef", "bpmn:Message", "message"],
  "bpmn:SignalEventDefinition": ["signalRef", "bpmn:Signal", "signal"],
  "bpmn:ErrorEventDefinition": ["errorRef", "bpmn:Error", "error"],
  "bpmn:EscalationEventDefinition": ["escalationRef", "bpmn:Escalation", "escalation"],
};

const expression = (modeler, body, parent) => {
  const made = modeler.get("bpmnFactory").create("bpmn:FormalExpression", { body });
  made.$parent = parent;
  return made;
};

function timerFields({ modeler, element, t }, definition) {
  const kind = TIMERS.find((name) => definition.get(name)) ?? "timeDuration";
  const body = definition.get(kind)?.body ?? "";
  const write = (name, text) => {
    const cleared = Object.fromEntries(TIMERS.map((one) => [one, undefined]));
    const value = text ? expression(modeler, text, definition) : undefined;
    modeler.get("modeling").updateModdleProperties(element, definition, { ...cleared, [name]: value });
  };
  return [
    {
      key: "timer_kind", kind: "select", label: t("field.timer_kind"), value: kind,
      options: TIMERS.map((value) => ({ value, label: t(`timer.${value}`) })),
      write: (name) => write(name, body || "="),
    },
    {
      key: "timer_value", kind: "text", feel: true, label: t("field.timer_value"),
      hint: t(`hint.${kind}`), value: body, write: (text) => write(kind, text),
    },
  ];
}

function namedFields(context, definition, [reference, type, word]) {
  const { modeler, element, t } = context;
  const roots = modeler.getDefinitions().get("rootElements");
  const known = roots.filter((root) => root.$type === type);
  const write = (name) => {
    const found = known.find((root) => root.name === name) ?? addRoot(modeler, type, name);
    modeler.get("modeling").updateModdleProperties(element, definition, {
      [reference]: name ? found : undefined,
    });
  };
  return [{
    key: word, kind: "text", label: t(`field.${word}`), hint: t.maybe(`hint.${word}`),
    value: definition.get(reference)?.name ?? "",
    suggestions: [...new Set(known.map((root) => root.name).filter(Boolean))],
    write,
  }];
}

function addRoot(modeler, type, name) {
  if (!name) return undefined;
  const definitions = modeler.getDefinitions();
  const made = modeler.get("bpmnFactory").create(type, { name });
  made.$parent = definitions;
  definitions.get("rootElements").push(made);
  return made;
}

/** The fields of an event by what it waits for or throws. */
export function eventFields(context) {
  const { modeler, element, t } = context;
  const definition = element.businessObject.get("eventDefinitions")?.[0];
  const fields = [];
  if (is(element, "bpmn:BoundaryEvent")) {
    fields.push({
      key: "cancelActivity", kind: "check", label: t("field.cancelActivity"),
      value: element.businessObject.cancelActivity !== false,
      write: (cancelActivity) => modeler.get("modeling").updateProperties(element, { cancelActivity }),
    });
  }
  if (!definition) return fields;
  if (is(definition, "bpmn:TimerEventDefinition")) return [...fields, ...timerFields(context, definition)];
  const named = NAMED[definition.$type];
  return named ? [...fields, ...namedFields(context, definition, named)] : fields;
}

/** Condition of a flow that leaves a deciding gateway, and whether it is the way otherwise. */
export function flowFields({ modeler, element, t }) {
  const source = element.source;
  if (!is(source, "bpmn:ExclusiveGateway") && !is(source, "bpmn:InclusiveGateway")) return [];
  const modeling = modeler.get("modeling", false);
  const business = element.businessObject;
  const isDefault = source.businessObject.default === business;
  const fields = [{
    key: "default", kind: "check", label: t("field.default"), hint: t("hint.default"), value: isDefault,
    write: (on) => modeling.updateProperties(source, { default: on ? business : undefined }),
  }];
  if (isDefault) return fields;
  return [{
    key: "condition", kind: "area", feel: "always", label: t("field.condition"), hint: t("hint.condition"),
    value: business.conditionExpression?.body ?? "",
    write: (body) => modeling.updateProperties(element, {
      conditionExpression: body.trim() ? expression(modeler, body.trim(), business) : undefined,
    }),
  }, ...fields];
}

function reference(context, loop, name) {
  const { modeler, element, t } = context;
  return {
    key: name, kind: "text", label: t(`field.${name}`), hint: t.maybe(`hint.${name}`),
    value: loop.get(name)?.id ?? "",
    write: (id) => modeler.get("modeling").updateModdleProperties(element, loop, {
      [name]: id ? modeler.get("moddle").create("bpmn:ItemAwareElement", { id }) : undefined,
    }),
  };
}

function item(context, loop, name, type) {
  const { modeler, element, t } = context;
  return {
    key: name, kind: "text", label: t(`field.${name}`), hint: t.maybe(`hint.${name}`),
    value: loop.get(name)?.name ?? loop.get(name)?.id ?? "",
    write: (value) => {
      // Ids are unique in a diagram, names of variables are not.
      const id = loop.get(name)?.id ?? `${element.id}_${value}`;
      const made = value && modeler.get("bpmnFactory").create(type, { id, name: value });
      if (made) made.$parent = loop;
      modeler.get("modeling").updateModdleProperties(element, loop, { [name]: made || undefined });
    },
  };
}

/** What a task that happens once per member of a list goes through. */
export function loopFields(context) {
  const { modeler, element, t } = context;
  const loop = element.businessObject.loopCharacteristics;
  if (!loop || !is(loop, "bpmn:MultiInstanceLoopCharacteristics")) return [];
  const write = (body) => modeler.get("modeling").updateModdleProperties(element, loop, {
    completionCondition: body ? expression(modeler, body, loop) : undefined,
  });
  return [
    reference(context, loop, "loopDataInputRef"),
    item(context, loop, "inputDataItem", "bpmn:DataInput"),
    reference(context, loop, "loopDataOutputRef"),
    item(context, loop, "outputDataItem", "bpmn:DataOutput"),
    {
      key: "completionCondition", kind: "text", feel: "always", label: t("field.completionCondition"),
      value: loop.get("completionCondition")?.body ?? "", write,
    },
  ];
}
