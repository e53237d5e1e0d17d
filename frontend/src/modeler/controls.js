// Plain form controls of the properties panel in the manner of KERN.

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};

const label = (field, id) => make("label", { class: "kern-label", for: id }, field.label);

function hint(field, id) {
  return field.hint ? make("div", { class: "kern-hint", id: `${id}-hint` }, field.hint) : "";
}

function fault(field, id) {
  const node = make("p", { class: "gf-panel__fault", id: `${id}-fault`, role: "status", hidden: true });
  if (field.fault) {
    node.textContent = field.fault;
    node.hidden = false;
  }
  return node;
}

function described(field, id) {
  return `${field.hint ? `${id}-hint ` : ""}${id}-fault`;
}

function text(field, id) {
  const input = make("input", {
    class: "kern-form-input__input", id, type: "text", value: field.value,
    "aria-describedby": described(field, id), list: field.suggestions ? `${id}-list` : undefined,
    spellcheck: field.feel ? "false" : undefined, autocomplete: "off", readonly: field.locked,
  });
  if (field.feel) input.classList.add("gf-panel__code");
  const known = (field.suggestions ?? []).map((value) => make("option", { value }));
  const list = field.suggestions ? make("datalist", { id: `${id}-list` }, ...known) : "";
  return { input, parts: [label(field, id), hint(field, id), input, list, fault(field, id)] };
}

function area(field, id) {
  const input = make("textarea", {
    class: "kern-form-input__input", id, rows: field.rows ?? 3,
    "aria-describedby": described(field, id), spellcheck: field.feel ? "false" : undefined,
    readonly: field.locked,
  });
  input.value = field.value;
  if (field.feel) input.classList.add("gf-panel__code");
  return { input, parts: [label(field, id), hint(field, id), input, fault(field, id)] };
}

function select(field, id) {
  const known = field.options.some((option) => option.value === field.value);
  const options = known ? field.options : [...field.options, { value: field.value, label: field.value }];
  const input = make(
    "select",
    { class: "kern-form-input__select", id, "aria-describedby": described(field, id), disabled: field.locked },
    ...options.map(({ value, label: name }) =>
      make("option", { value, selected: value === field.value }, name)),
  );
  const frame = make("div", { class: "kern-form-input__select-wrapper" }, input);
  return { input, parts: [label(field, id), hint(field, id), frame, fault(field, id)] };
}

function check(field, id) {
  const input = make("input", {
    class: "kern-form-check__checkbox", id, type: "checkbox", checked: field.value === true,
    "aria-describedby": described(field, id), disabled: field.locked,
  });
  const name = make("label", { class: "kern-label", for: id }, field.label);
  const frame = make("div", { class: "kern-form-check" }, input, name);
  return { input, parts: [frame, hint(field, id), fault(field, id)] };
}

function checks(field, id) {
  const chosen = new Set(field.value);
  const boxes = field.options.map(({ value, label: name }, index) => {
    const box = make("input", {
      class: "kern-form-check__checkbox", id: `${id}-${index}`, type: "checkbox", value,
      checked: chosen.has(value), disabled: field.locked,
    });
    const tag = make("label", { class: "kern-label", for: `${id}-${index}` }, name);
    return make("div", { class: "kern-form-check" }, box, tag);
  });
  const legend = make("legend", { class: "kern-label" }, field.label);
  const input = make("fieldset", { class: "gf-panel__checks", id }, legend, hint(field, id), ...boxes);
  return { input, parts: [input, fault(field, id)] };
}

const KINDS = { text, area, select, check, checks };

function read(field, input) {
  if (field.kind === "check") return input.checked;
  if (field.kind !== "checks") return field.kind === "area" ? input.value : input.value.trim();
  return [...input.querySelectorAll("input:checked")].map((box) => box.value);
}

/** One field as a node; `commit(value, input)` is called when it was changed. */
export function control(field, commit) {
  const id = `panel-${field.key}`;
  const { input, parts } = KINDS[field.kind](field, id);
  input.dataset.field = field.key;
  input.addEventListener("change", () => commit(read(field, input), input));
  return make("div", { class: "kern-form-input gf-panel__field" }, ...parts);
}

/** A button of the panel. */
export function button(name, handler, kind = "tertiary") {
  const node = make("button", { type: "button", class: `kern-btn kern-btn--${kind} kern-btn--small` },
    make("span", { class: "kern-label" }, name));
  node.addEventListener("click", handler);
  return node;
}

/** A group of fields under a heading that can be folded. */
export function group(title, nodes, open = true) {
  return make("details", { class: "gf-panel__group", open, "data-group": title },
    make("summary", {}, title), make("div", { class: "gf-panel__body" }, ...nodes));
}

export { make };
