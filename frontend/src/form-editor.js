// The form editor of the studio: form-js, limited to the fields the server renders.
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "@bpmn-io/form-js-editor/dist/assets/form-js-editor.css";
import "./editor/editor.css";
import "./form-editor.css";

import { FormEditor } from "@bpmn-io/form-js-editor";

import { listProblems } from "./editor/problems.js";
import { download, open } from "./editor/session.js";

const serialise = (schema) => `${JSON.stringify(schema, null, 2)}\n`;

function selectField(editor, place) {
  const key = place.split(".").pop();
  const fields = Object.values(editor.get("formFieldRegistry")._formFields);
  const field = fields.find((one) => one.key === key || one.id === key || one.path === key);
  if (field) editor.get("selection").set(field);
}

function wireHistory(editor, session) {
  const stack = editor.get("commandStack");
  const undo = session.root.querySelector('[data-action="undo"]');
  const redo = session.root.querySelector('[data-action="redo"]');
  const refresh = () => {
    undo.disabled = !stack.canUndo();
    redo.disabled = !stack.canRedo();
  };
  session.action("undo", () => stack.undo());
  session.action("redo", () => stack.redo());
  editor.on("commandStack.changed", refresh);
  refresh();
}

/** Show the form as the server renders it, anew after each saving. */
function wirePreview(root, session) {
  const frame = root.querySelector("[data-preview]");
  const refresh = () => { frame.src = `${frame.dataset.preview}&revision=${session.config.revision}`; };
  session.onSaved = refresh;
  refresh();
}

async function start(root) {
  const holder = {};
  const session = await open(root, async () => serialise(holder.editor.saveSchema()));
  const editor = new FormEditor({
    container: root.querySelector("[data-canvas]"),
    renderer: { compact: true },
  });
  holder.editor = editor;
  await editor.importSchema(JSON.parse(session.config.content));
  editor.on("changed", () => session.changed());
  session.onProblems = (problems) =>
    listProblems(session, problems, { select: (place) => selectField(editor, place) });
  session.onProblems(session.config.problems);
  session.action("download", () =>
    download(session.config.file.split("/").pop(), serialise(editor.saveSchema()), "application/json"));
  wireHistory(editor, session);
  wirePreview(root, session);
  root.dataset.ready = "";
}

for (const root of document.querySelectorAll("[data-editor=form]")) {
  start(root).catch((error) => {
    console.error(error);
    root.querySelector("[data-failed]").hidden = false;
  });
}
