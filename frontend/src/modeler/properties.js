// Reads and writes what GrantFlow knows of an element; every write is one step that can be undone.

/** What carries an element's properties: a pool stands for the process inside it. */
export function subject(element) {
  return element.businessObject.processRef ?? element.businessObject;
}

const holder = (element) => {
  const values = subject(element).extensionElements?.get("values") ?? [];
  return values.find((value) => value.$type === "spiffworkflow:Properties");
};

const list = (element) => holder(element)?.get("values") ?? [];

/** The value of a GrantFlow property, empty when it is not set. */
export function property(element, name) {
  return list(element).find((one) => one.name === name)?.value ?? "";
}

/** All GrantFlow properties of an element in their order. */
export function properties(element) {
  return list(element).map(({ name, value }) => ({ name, value: value ?? "" }));
}

/** Set one property; an empty value takes it away. */
export function setProperty(modeler, element, name, value) {
  setProperties(modeler, element, { [name]: value });
}

/** Set several properties in one undoable step; the order of the others stays. */
export function setProperties(modeler, element, changes) {
  const factory = modeler.get("bpmnFactory");
  const kept = properties(element)
    .map((one) => (one.name in changes ? { ...one, value: changes[one.name] } : one))
    .filter((one) => one.value !== "");
  const known = new Set(properties(element).map((one) => one.name));
  const added = Object.entries(changes)
    .filter(([name, value]) => !known.has(name) && value !== "")
    .map(([name, value]) => ({ name, value }));
  write(modeler, element, factory, [...kept, ...added]);
}

/** Rename a property and keep its value and place. */
export function renameProperty(modeler, element, from, to) {
  const entries = properties(element).map((one) => (one.name === from ? { ...one, name: to } : one));
  write(modeler, element, modeler.get("bpmnFactory"), entries);
}

function write(modeler, element, factory, entries) {
  const business = subject(element);
  const others = (business.extensionElements?.get("values") ?? []).filter(
    (value) => value.$type !== "spiffworkflow:Properties",
  );
  const made = entries.map((one) => factory.create("spiffworkflow:Property", one));
  const values = made.length
    ? [...others, factory.create("spiffworkflow:Properties", { values: made })]
    : others;
  const extension = values.length
    ? factory.create("bpmn:ExtensionElements", { values })
    : undefined;
  for (const value of values) value.$parent = extension;
  if (extension) extension.$parent = business;
  modeler.get("modeling").updateModdleProperties(element, business, { extensionElements: extension });
}
