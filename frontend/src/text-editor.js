// The plain editor for texts: settings, scenarios, letters; with the rendered letter beside it.
import "./editor/editor.css";
import "./text-editor.css";

import { listProblems } from "./editor/problems.js";
import { download, open } from "./editor/session.js";

/** Show the letter anew after each saving. */
function wirePreview(root, session) {
  const frame = root.querySelector("[data-preview]");
  if (!frame) return;
  const address = frame.dataset.preview;
  const refresh = () => { frame.src = `${address}&revision=${session.config.revision}`; };
  session.onSaved = refresh;
  refresh();
}

/** Put the cursor where a fault is, if its place names a line of the text. */
function jump(area, place) {
  const line = Number(/(\d+)$/.exec(place)?.[1] ?? 0);
  const name = place.split(".").pop();
  const lines = area.value.split("\n");
  const found = lines.findIndex((text) => new RegExp(`\\b${CSS.escape(name)}\\b`).test(text));
  const target = found >= 0 ? found : Math.max(0, line - 1);
  const start = lines.slice(0, target).reduce((sum, text) => sum + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[target]?.length ?? 0));
}

async function start(root) {
  const area = root.querySelector("textarea");
  const session = await open(root, async () => area.value);
  area.value = session.config.content;
  area.readOnly = !session.config.editable;
  area.addEventListener("input", () => session.changed());
  session.onProblems = (problems) =>
    listProblems(session, problems, { select: (place) => jump(area, place) });
  session.onProblems(session.config.problems);
  session.action("download", () =>
    download(session.config.file.split("/").pop(), area.value, "text/plain"));
  wirePreview(root, session);
  root.dataset.ready = "";
}

for (const root of document.querySelectorAll("[data-editor=text]")) {
  start(root).catch((error) => {
    console.error(error);
    root.querySelector("[data-failed]").hidden = false;
  });
}
