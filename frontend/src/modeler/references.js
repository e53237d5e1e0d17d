// Keeps references that name a variable instead of an element, which bpmn-js would drop on saving.

const VARIABLE = ["loopDataInputRef", "loopDataOutputRef"];

/** Put back what the import reported as unresolved: collections of multi-instance tasks. */
export function keepVariables(modeler, warnings) {
  const moddle = modeler.get("moddle");
  for (const { element, property, value } of warnings) {
    const name = property?.split(":").pop();
    if (element && VARIABLE.includes(name)) {
      element.set(name, moddle.create("bpmn:ItemAwareElement", { id: value }));
    }
  }
}

/** The warnings that remain are things the file said and saving would lose. */
export function lostOnSaving(warnings) {
  return warnings.filter(({ property }) => !VARIABLE.includes(property?.split(":").pop()));
}
