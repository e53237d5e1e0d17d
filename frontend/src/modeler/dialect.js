// Takes out of palette, context pad and menus whatever the engine does not run.

const PALETTE = new Set([
  "hand-tool", "lasso-tool", "space-tool", "global-connect-tool", "tool-separator",
  "create.start-event", "create.intermediate-event", "create.end-event",
  "create.exclusive-gateway", "create.task", "create.subprocess-expanded",
  "create.participant-expanded",
]);
const NEVER = /compensation|link-|conditional-(start|boundary|intermediate)|complex|ad-hoc|transaction|data-|cancel-|send-task|receive-task|manual-task|with-task$|escalation|collapsed|toggle-loop|toggle-is-collection|multiplicity|condition-intermediate/;
const LAST = 100;

const only = (entries, keep) =>
  Object.fromEntries(Object.entries(entries).filter(([name]) => keep(name)));

class Dialect {
  static $inject = ["palette", "contextPad", "popupMenu", "canvas"];

  constructor(palette, contextPad, popupMenu, canvas) {
    this.canvas = canvas;
    palette.registerProvider(LAST, this);
    contextPad.registerProvider(LAST, this);
    popupMenu.registerProvider("bpmn-replace", LAST, this);
  }

  getPaletteEntries() {
    return (entries) => only(entries, (name) => PALETTE.has(name));
  }

  getContextPadEntries() {
    return (entries) => only(entries, (name) => !NEVER.test(name));
  }

  getPopupMenuEntries() {
    return (entries) => only(entries, (name) => !NEVER.test(name));
  }

  getPopupMenuHeaderEntries() {
    return (entries) => only(entries, (name) => !NEVER.test(name));
  }
}

/** A bare task means nothing to the engine, so that what is drawn as task is a user task. */
function userTasks(elementFactory) {
  const create = elementFactory.create.bind(elementFactory);
  elementFactory.create = (kind, attributes = {}) => {
    const bare = attributes.type === "bpmn:Task" && !attributes.businessObject;
    return create(kind, bare ? { ...attributes, type: "bpmn:UserTask" } : attributes);
  };
}
userTasks.$inject = ["elementFactory"];

export default {
  __init__: ["grantflowDialect", "grantflowUserTasks"],
  grantflowDialect: ["type", Dialect],
  grantflowUserTasks: ["factory", userTasks],
};
