// The words of bpmn-js in the language of the page.
import german from "bpmn-js-i18n/translations/de.js";

const OURS = {
  "Create task": "Aufgabe anlegen",
  "Append task": "Aufgabe anhängen",
  "Create start event": "Startereignis anlegen",
  "Create intermediate/boundary event": "Zwischenereignis anlegen",
  "Create end event": "Endereignis anlegen",
  "Create gateway": "Verzweigung anlegen",
  "Append gateway": "Verzweigung anhängen",
  "Create expanded sub-process": "Teilprozess anlegen",
  "Create pool/participant": "Pool mit Bahnen anlegen",
  "Activate hand tool": "Ansicht verschieben",
  "Activate lasso tool": "Mehrere Elemente auswählen",
  "Activate create/remove space tool": "Platz schaffen oder wegnehmen",
  "Activate global connect tool": "Elemente verbinden",
  "Change element": "Element ändern",
  "Change type": "Typ ändern",
  "Delete": "Löschen",
  "Connect to other element": "Mit anderem Element verbinden",
  "Connect using sequence/message flow or association": "Mit anderem Element verbinden",
  "Business rule task": "Entscheidungstabelle",
  "User task": "Aufgabe einer Person",
  "Service task": "Wirkung (Brief, Frist, Status …)",
  "Script task": "Werte berechnen",
  "Call activity": "Anderes Diagramm aufrufen",
  "Exclusive gateway": "Entweder-oder",
  "Parallel gateway": "Gleichzeitig",
  "Inclusive gateway": "Eines oder mehrere",
  "Event-based gateway": "Was zuerst eintritt",
  "Search in diagram": "Im Diagramm suchen",
  "Search": "Suchen",
  "Ordered by": "Sortiert nach",
  "Sub-process (expanded)": "Teilprozess",
  "Sub-process": "Teilprozess",
  "Event sub-process": "Ereignis-Teilprozess",
  "Parallel multi-instance": "Mehrfach, gleichzeitig",
  "Sequential multi-instance": "Mehrfach, nacheinander",
  "Toggle non-interrupting": "Unterbrechend oder nicht",
  "Element": "Element",
};

function dictionary(language) {
  return language === "de" ? { ...german, ...OURS } : {};
}

/** The translate module for a language. */
export function translation(language) {
  const words = dictionary(language);
  const translate = (template, values = {}) =>
    (words[template] ?? template).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  return { translate: ["value", translate] };
}
