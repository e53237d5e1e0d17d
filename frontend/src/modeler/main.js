// The diagram editor of the studio.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css";
import "../editor/editor.css";
import "./modeler.css";

import Modeler from "bpmn-js/lib/Modeler";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

import { download, open } from "../editor/session.js";
import dialect from "./dialect.js";
import { translation } from "./language.js";
import { Marks } from "./marks.js";
import spiffworkflow from "./moddle.js";
import { Panel } from "./panel.js";
import { keepVariables, lostOnSaving } from "./references.js";

const ZOOM = 1.2;
const READABLE = 0.5;
const MARGIN = 30;
const PALETTE = 120;

function build(container, session) {
  const language = translation(document.documentElement.lang);
  const options = { container, moddleExtensions: { spiffworkflow } };
  if (!session.config.editable) return new NavigatedViewer({ ...options, additionalModules: [language] });
  return new Modeler({ ...options, additionalModules: [language, dialect] });
}

/** Show everything beside the palette, but never so small that nothing can be read. */
function fit(modeler, left) {
  const canvas = modeler.get("canvas");
  const { inner, outer } = canvas.viewbox();
  const scale = Math.min(
    (outer.width - left - MARGIN) / inner.width,
    (outer.height - 2 * MARGIN) / inner.height,
    1,
  );
  const used = Math.max(scale, READABLE);
  canvas.viewbox({
    x: inner.x - left / used,
    y: inner.y - MARGIN / used,
    width: outer.width / used,
    height: outer.height / used,
  });
}

const left = (session) => (session.config.editable ? PALETTE : MARGIN);

function wireBar(modeler, session) {
  const canvas = modeler.get("canvas");
  session.action("zoom-in", () => canvas.zoom(canvas.zoom() * ZOOM));
  session.action("zoom-out", () => canvas.zoom(canvas.zoom() / ZOOM));
  session.action("zoom-fit", () => fit(modeler, left(session)));
  const name = session.config.file.split("/").pop();
  session.action("download-xml", async () => {
    const { xml } = await modeler.saveXML({ format: true });
    download(name, xml, "application/xml");
  });
  session.action("download-svg", async () => {
    const { svg } = await modeler.saveSVG();
    download(name.replace(/\.bpmn$/, ".svg"), svg, "image/svg+xml");
  });
}

function wireHistory(modeler, session) {
  const stack = modeler.get("commandStack");
  const undo = session.root.querySelector('[data-action="undo"]');
  const redo = session.root.querySelector('[data-action="redo"]');
  const refresh = () => {
    undo.disabled = !stack.canUndo();
    redo.disabled = !stack.canRedo();
  };
  session.action("undo", () => stack.undo());
  session.action("redo", () => stack.redo());
  modeler.on("commandStack.changed", () => {
    refresh();
    session.changed();
  });
  refresh();
}

async function start(root) {
  const holder = {};
  const session = await open(root, async () => (await holder.modeler.saveXML({ format: true })).xml);
  const modeler = build(root.querySelector("[data-canvas]"), session);
  holder.modeler = modeler;
  const { warnings } = await modeler.importXML(session.config.content);
  keepVariables(modeler, warnings);
  const marks = new Marks(modeler, session);
  const panel = new Panel(modeler, root.querySelector("[data-panel]"), session);
  session.onProblems = (problems) => {
    marks.show(problems);
    panel.show();
  };
  session.onProblems(session.config.problems);
  wireBar(modeler, session);
  if (session.config.editable) wireHistory(modeler, session);
  if (lostOnSaving(warnings).length) session.say("failed", session.text("lost_on_saving"));
  fit(modeler, left(session));
  root.dataset.ready = "";
}

for (const root of document.querySelectorAll("[data-editor=diagram]")) {
  start(root).catch((error) => {
    console.error(error);
    root.querySelector("[data-failed]").hidden = false;
  });
}
