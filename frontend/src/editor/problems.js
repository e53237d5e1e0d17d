// The list of faults below an editor; a click leads to the place.

function item(problem, session, select) {
  const entry = document.createElement("li");
  entry.dataset.element = problem.element;
  if (select && problem.element) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "gf-problems__place";
    button.textContent = problem.label || problem.element;
    button.addEventListener("click", () => select(problem.element));
    entry.append(button, " ");
  } else if (problem.element) {
    const place = document.createElement("code");
    place.textContent = problem.element;
    entry.append(place, " ");
  }
  entry.append(problem.text);
  return entry;
}

/** Fill the list with the faults of this file and a word about those of other files. */
export function listProblems(session, problems, { select, label } = {}) {
  const box = session.root.querySelector("[data-problems]");
  const own = problems.filter((problem) => problem.file === session.config.file);
  const elsewhere = problems.length - own.length;
  const named = own.map((problem) => ({ ...problem, label: label?.(problem.element) }));
  box.querySelector("[data-problems-count]").textContent = own.length
    ? session.text(own.length === 1 ? "problems_one" : "problems_other", { count: own.length })
    : session.text("problems_none");
  box.dataset.count = own.length;
  box.querySelector("ol").replaceChildren(...named.map((p) => item(p, session, select)));
  const other = box.querySelector("[data-problems-elsewhere]");
  other.hidden = elsewhere === 0;
  other.querySelector("a").textContent = session.text(
    elsewhere === 1 ? "elsewhere_one" : "elsewhere_other",
    { count: elsewhere },
  );
  return own;
}
