// Shows faults at the elements they belong to.
import { listProblems } from "../editor/problems.js";

const PLACE = { top: -14, right: 14 };

function badge(texts, select) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = "gf-fault-badge";
  node.textContent = texts.length > 1 ? String(texts.length) : "!";
  node.title = texts.join("\n");
  node.setAttribute("aria-label", texts.join(" "));
  node.addEventListener("click", select);
  return node;
}

export class Marks {
  constructor(modeler, session) {
    this.modeler = modeler;
    this.session = session;
    this.texts = new Map();
    this.marked = [];
    session.problemsAt = (id) => this.texts.get(id) ?? [];
  }

  /** Show these faults in the list and at their elements, and nothing else. */
  show(problems) {
    const registry = this.modeler.get("elementRegistry");
    const label = (id) => registry.get(id)?.businessObject.name || id;
    const own = listProblems(this.session, problems, { select: (id) => this.select(id), label });
    this.clear();
    for (const { element, text } of own) {
      if (element) this.texts.set(element, [...(this.texts.get(element) ?? []), text]);
    }
    for (const [id, texts] of this.texts) this.mark(registry.get(id), texts);
  }

  clear() {
    this.texts = new Map();
    this.modeler.get("overlays").remove({ type: "grantflow-fault" });
    const canvas = this.modeler.get("canvas");
    const registry = this.modeler.get("elementRegistry");
    for (const id of this.marked) {
      if (registry.get(id)) canvas.removeMarker(id, "gf-faulty");
    }
    this.marked = [];
  }

  mark(element, texts) {
    const canvas = this.modeler.get("canvas");
    if (!element || element === canvas.getRootElement()) return;
    canvas.addMarker(element.id, "gf-faulty");
    this.marked.push(element.id);
    const html = badge(texts, () => this.select(element.id));
    this.modeler.get("overlays").add(element.id, "grantflow-fault", { position: PLACE, html });
  }

  select(id) {
    const element = this.modeler.get("elementRegistry").get(id);
    if (!element) return;
    this.modeler.get("selection").select(element);
    this.modeler.get("canvas").scrollToElement(element, 80);
  }
}
