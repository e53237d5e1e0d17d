// The fields of a service task: its effect out of the vocabulary and that effect's parameters.
import { properties, property, renameProperty, setProperties, setProperty } from "./properties.js";

const RESERVED = new Set(["effect", "result", "name_en"]);

const isFeel = (value) => value.startsWith("=");

/** What a parameter may hold: a list to choose from, or free text that may be FEEL. */
function optionsFor(session, effect, name) {
  const { letters, statuses, processes, recipients, effects } = session.config.vocabulary;
  const listed = effects[effect]?.choices?.[name];
  if (listed) return listed;
  return { letter: letters, status: statuses, process: processes, to: recipients }[name];
}

function parameter(context, effect, name, required) {
  const { modeler, element, t, session } = context;
  const value = property(element, name);
  const options = optionsFor(session, effect, name);
  const mark = required ? "" : ` (${t("optional")})`;
  const field = {
    key: name,
    label: t.maybe(`parameter.${name}`) ?? name,
    hint: t.maybe(`hint.parameter_${name}`),
    value,
    write: (next) => setProperty(modeler, element, name, next),
  };
  field.label += mark;
  if (options && !isFeel(value)) {
    return { ...field, kind: "select", options: [{ value: "", label: t("option.choose") }, ...options] };
  }
  return { ...field, kind: "text", feel: true };
}

/** Further parameters of an effect that takes any: facts for the text of a letter. */
function facts(context, spec) {
  const { modeler, element, t } = context;
  const named = new Set([...spec.required, ...spec.optional, ...RESERVED]);
  const rows = properties(element).filter(({ name }) => !named.has(name));
  return rows.flatMap(({ name, value }, index) => [
    {
      key: `fact-name-${index}`, kind: "text", label: t("field.fact_name"), value: name,
      write: (next) => renameFact(context, name, next),
    },
    {
      key: `fact-${index}`, kind: "text", feel: true, label: t("field.fact_value", { name }), value,
      write: (next) => setProperty(modeler, element, name, next),
    },
  ]);
}

function renameFact({ modeler, element, t }, from, to) {
  if (!to) return void setProperty(modeler, element, from, "");
  if (!/^[a-z_][a-z0-9_]*$/.test(to)) return t("fault.fact_name");
  if (RESERVED.has(to) || (to !== from && property(element, to))) return t("fault.fact_taken");
  renameProperty(modeler, element, from, to);
  return null;
}

function addFact({ modeler, element }) {
  const taken = new Set(properties(element).map(({ name }) => name));
  let number = 1;
  while (taken.has(`fact_${number}`)) number += 1;
  setProperties(modeler, element, { [`fact_${number}`]: "=" });
}

/** Another effect takes away what it would not understand. */
function changeEffect({ modeler, element, session }, effect) {
  const specs = session.config.vocabulary.effects;
  const before = specs[property(element, "effect")];
  const after = specs[effect];
  const named = (spec) => [...(spec?.required ?? []), ...(spec?.optional ?? [])];
  const stays = new Set([...RESERVED, ...named(after)]);
  const own = new Set(named(before));
  const gone = properties(element)
    .map(({ name }) => name)
    .filter((name) => !stays.has(name) && (own.has(name) || !after?.open));
  const cleared = Object.fromEntries(gone.map((name) => [name, ""]));
  setProperties(modeler, element, { ...cleared, effect });
}

/** Effect, its parameters, its result. */
export function effectFields(context) {
  const { modeler, element, t, session } = context;
  const { effects } = session.config.vocabulary;
  const chosen = property(element, "effect");
  const options = Object.entries(effects).map(([value, spec]) => ({ value, label: spec.label }));
  const fields = [{
    key: "effect", kind: "select", label: t("field.effect"), hint: effects[chosen]?.hint, value: chosen,
    options: [{ value: "", label: t("option.choose") }, ...options],
    write: (next) => changeEffect(context, next),
  }];
  const spec = effects[chosen];
  if (!spec) return fields;
  fields.push(...spec.required.map((name) => parameter(context, chosen, name, true)));
  fields.push(...spec.optional.map((name) => parameter(context, chosen, name, false)));
  if (spec.result) {
    fields.push({
      key: "result", kind: "text", label: `${t("field.result")} (${t("optional")})`, hint: t("hint.result"),
      value: property(element, "result"),
      write: (next) => setProperty(modeler, element, "result", next),
    });
  }
  if (spec.open) {
    fields.push(...facts(context, spec));
    fields.push({ key: "add-fact", kind: "button", label: t("action.add_fact"), run: () => addFact(context) });
  }
  return fields;
}
