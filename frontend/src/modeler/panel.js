// The properties panel: shows the selected element's fields and writes what people change.
import { button, control, group, make } from "./controls.js";
import { groupsOf } from "./fields.js";

/** Look up the panel's words; `maybe` gives nothing where there is no text. */
function words(session) {
  const texts = session.config.texts;
  const t = (key, values) => session.text(`panel.${key}`, values);
  t.maybe = (key) => texts[`panel.${key}`];
  return t;
}

export class Panel {
  constructor(modeler, node, session) {
    this.modeler = modeler;
    this.node = node;
    this.session = session;
    this.t = words(session);
    this.folded = new Set();
    this.faults = new Map();
    modeler.on("selection.changed", ({ newSelection }) => this.select(newSelection));
    modeler.on("elements.changed", ({ elements }) => {
      if (elements.some((one) => one === this.element || one.id === this.element?.id)) this.show();
    });
    this.select([]);
  }

  select(selection) {
    const root = this.modeler.get("canvas").getRootElement();
    const chosen = selection.length === 1 ? selection[0] : null;
    const element = chosen?.labelTarget ?? chosen ?? (selection.length ? null : root);
    if (element === this.element && element !== root) return;
    this.element = element;
    this.faults.clear();
    this.show();
  }

  /** The process behind a pool is what carries name and id. */
  subject() {
    const element = this.element;
    if (element?.businessObject?.$type !== "bpmn:Collaboration") return element;
    return this.modeler.get("elementRegistry").find((one) => one.type === "bpmn:Participant") ?? element;
  }

  show() {
    const focused = document.activeElement?.dataset?.field;
    const element = this.subject();
    const nodes = element ? this.build(element) : [make("p", { class: "kern-body" }, this.t("several"))];
    this.node.replaceChildren(...nodes);
    if (focused) this.node.querySelector(`[data-field="${CSS.escape(focused)}"]`)?.focus();
  }

  build(element) {
    const context = { modeler: this.modeler, element, session: this.session, t: this.t };
    const kind = this.t.maybe(`kind.${element.businessObject.processRef ? "Process" : element.type.replace("bpmn:", "")}`) ?? this.t("kind.other");
    const heading = make("h2", { class: "gf-panel__title" },
      make("small", {}, kind), element.businessObject.name || element.id);
    const faults = this.session.problemsAt?.(element.id) ?? [];
    const list = faults.length
      ? [make("ul", { class: "gf-panel__problems" }, ...faults.map((fault) => make("li", {}, fault)))]
      : [];
    return [heading, ...list, ...groupsOf(context).map((one) => this.groupNode(one))];
  }

  groupNode({ title, fields, open = true }) {
    const nodes = fields.map((field) =>
      field.kind === "button" ? button(field.label, field.run, "secondary") : this.field(field));
    const folded = this.folded.has(title) ? !open : open;
    const node = group(title, nodes, folded);
    node.addEventListener("toggle", () => {
      if (node.open === open) this.folded.delete(title);
      else this.folded.add(title);
    });
    return node;
  }

  field(field) {
    const locked = !this.session.config.editable;
    return control({ ...field, locked, fault: this.faults.get(field.key) }, (value, input) =>
      this.commit(field, value, input));
  }

  async commit(field, value, input) {
    const refused = field.write(value);
    this.tell(field, input, refused ?? null);
    if (refused || !field.feel || typeof value !== "string") return;
    const fault = await this.feelFault(field, value);
    this.tell(field, input, fault);
  }

  /** Ask the server about FEEL; literal values are not its business. */
  async feelFault(field, value) {
    const expressions = field.feel === "script"
      ? value.split("\n").map((line) => line.replace(/^\s*[A-Za-z_]\w*\s*=(?!=)/, "")).filter((line) => line.trim())
      : [value];
    for (const expression of expressions) {
      if (field.feel === true && !expression.startsWith("=")) continue;
      if (!expression.trim()) continue;
      const fault = await this.session.checkExpression(expression);
      if (fault) return fault;
    }
    return null;
  }

  tell(field, input, fault) {
    if (fault) this.faults.set(field.key, fault);
    else this.faults.delete(field.key);
    const node = document.getElementById(`panel-${field.key}-fault`);
    if (!node) return;
    node.textContent = fault ?? "";
    node.hidden = !fault;
    const shown = document.getElementById(`panel-${field.key}`) ?? input;
    shown.toggleAttribute("aria-invalid", Boolean(fault));
  }
}
