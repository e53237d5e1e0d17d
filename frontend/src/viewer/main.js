// Shows a diagram with the present position and the path taken, wherever a page has [data-diagram].
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./viewer.css";

import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

import { markPosition, nameOf } from "./position.js";
import { fit, panWithFinger, wireZoom } from "./view.js";

const SHOWN_AT_ONCE = 4;

/** Say in words what the colours say, for those who cannot see the drawing. */
function sayPosition(figure, viewer, open) {
  const target = figure.querySelector("[data-diagram-open]");
  if (!target) return;
  const registry = viewer.get("elementRegistry");
  const names = open.map((id) => nameOf(registry.get(id))).filter(Boolean);
  const more = names.length > SHOWN_AT_ONCE ? ", …" : "";
  target.textContent = names.slice(0, SHOWN_AT_ONCE).join(", ") + more;
  target.closest("[data-diagram-caption]")?.toggleAttribute("hidden", names.length === 0);
}

async function load(address) {
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return answer.json();
}

function canvasOf(figure) {
  const found = figure.querySelector("[data-diagram-canvas]");
  if (found) return found;
  const made = document.createElement("div");
  made.dataset.diagramCanvas = "";
  figure.append(made);
  return made;
}

async function show(figure) {
  const canvas = canvasOf(figure);
  canvas.classList.add("gf-diagram__canvas");
  const viewer = new NavigatedViewer({ container: canvas, zoomScroll: { enabled: false } });
  const { xml, open = [], passed = [], cancelled = [] } = await load(figure.dataset.src);
  await viewer.importXML(xml);
  markPosition(viewer, { open, passed, cancelled });
  fit(viewer, canvas, open[0]);
  wireZoom(figure, viewer, canvas, open[0]);
  panWithFinger(viewer, canvas);
  sayPosition(figure, viewer, open);
  figure.dataset.ready = "";
}

for (const figure of document.querySelectorAll("[data-diagram]")) {
  show(figure).catch((error) => {
    figure.dataset.failed = "";
    figure.querySelector("[data-diagram-failed]")?.removeAttribute("hidden");
    console.error(error);
  });
}
