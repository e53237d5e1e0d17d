// Colours the elements of a diagram by what happened to them.

const READ = (name, fallback) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim() || fallback;

function paint(viewer, element, stroke, fill) {
  // Setting the colour in the model, not by CSS, gives the arrow heads the colour of their line.
  element.di.set("border-color", stroke);
  if (fill) element.di.set("background-color", fill);
  const kind = element.waypoints ? "connection" : "shape";
  const graphics = viewer.get("elementRegistry").getGraphics(element);
  viewer.get("graphicsFactory").update(kind, element, graphics);
}

/** The name people know an element by. */
export function nameOf(element) {
  return element?.businessObject?.name ?? "";
}

/** When an element was gone through next after a moment; what is open now comes last. */
function next(id, after, passed, now) {
  const found = passed.indexOf(id, after + 1);
  if (found >= 0) return found;
  return now.has(id) ? passed.length : Infinity;
}

/** Whether the path went along this flow: out of a choice only to what came first after it. */
function went(flow, passed, now) {
  if (flow.type !== "bpmn:SequenceFlow" || !flow.source || !flow.target) return false;
  const only = flow.source.type === "bpmn:ExclusiveGateway";
  return passed.some((id, moment) => {
    if (id !== flow.source.id) return false;
    const mine = next(flow.target.id, moment, passed, now);
    if (mine === Infinity) return false;
    return !only || flow.source.outgoing.every((one) => mine <= next(one.target?.id, moment, passed, now));
  });
}

/** Mark open, passed and cancelled elements and the flows the path went along. */
export function markPosition(viewer, { open, passed, cancelled }) {
  const canvas = viewer.get("canvas");
  const now = new Set(open);
  const done = new Set(passed);
  const green = READ("--gf-diagram-passed", "#0a7a3c");
  const blue = READ("--gf-diagram-open", "#0b57d0");
  const grey = READ("--gf-diagram-cancelled", "#6b7280");
  viewer.get("elementRegistry").forEach((element) => {
    if (element.labelTarget || !element.di) return;
    if (now.has(element.id)) {
      paint(viewer, element, blue, "#e8f0fe");
      canvas.addMarker(element, "gf-open");
    } else if (done.has(element.id) || went(element, passed, now)) {
      paint(viewer, element, green, element.waypoints ? undefined : "#eaf6ee");
      canvas.addMarker(element, "gf-passed");
    } else if (cancelled.includes(element.id)) {
      paint(viewer, element, grey, "#f3f4f6");
      canvas.addMarker(element, "gf-cancelled");
    }
  });
}
