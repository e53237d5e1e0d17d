// The editor for decision tables: dmn-js, tables only.
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-font/css/dmn-embedded.css";
import "./editor/editor.css";
import "./dmn-editor.css";

import DecisionTableEditor from "dmn-js-decision-table/lib/Editor";
import EditingManager from "dmn-js-shared/lib/base/EditingManager";

import { listProblems } from "./editor/problems.js";
import { download, open } from "./editor/session.js";
import words from "./dmn-german.js";

class TableManager extends EditingManager {
  _getViewProviders() {
    return [{
      id: "decisionTable",
      constructor: DecisionTableEditor,
      opens: (element) =>
        element.$type === "dmn:Decision" && element.decisionLogic?.$type === "dmn:DecisionTable",
    }];
  }
}

function translation(language) {
  const known = language === "de" ? words : {};
  const translate = (template, values = {}) =>
    (known[template] ?? template).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  return { translate: ["value", translate] };
}

/** A select to switch between the tables of one file, if it has several. */
function wireTables(root, editor) {
  const select = root.querySelector("[data-tables]");
  const views = editor.getViews();
  select.closest("[data-tables-box]").hidden = views.length < 2;
  select.replaceChildren(...views.map((view) => new Option(view.name || view.id, view.id)));
  select.addEventListener("change", () =>
    editor.open(editor.getViews().find((view) => view.id === select.value)));
}

/** Each opened table has its own command stack; listen to it once. */
function wireChanges(editor, session) {
  const seen = new WeakSet();
  const listen = () => {
    const viewer = editor.getActiveViewer();
    if (!viewer || seen.has(viewer)) return;
    seen.add(viewer);
    viewer.on("commandStack.changed", () => session.changed());
  };
  editor.on("views.changed", listen);
  listen();
  const stack = () => editor.getActiveViewer().get("commandStack");
  session.action("undo", () => stack().undo());
  session.action("redo", () => stack().redo());
}

async function start(root) {
  const holder = {};
  const session = await open(root, async () => (await holder.editor.saveXML({ format: true })).xml);
  const editor = new TableManager({
    container: root.querySelector("[data-canvas]"),
    decisionTable: { additionalModules: [translation(document.documentElement.lang)] },
  });
  holder.editor = editor;
  await editor.importXML(session.config.content);
  wireTables(root, editor);
  wireChanges(editor, session);
  session.onProblems = (problems) => listProblems(session, problems);
  session.onProblems(session.config.problems);
  session.action("download", async () =>
    download(session.config.file.split("/").pop(), await session.read(), "application/xml"));
  root.dataset.ready = "";
}

for (const root of document.querySelectorAll("[data-editor=decision]")) {
  start(root).catch((error) => {
    console.error(error);
    root.querySelector("[data-failed]").hidden = false;
  });
}
