// How much of a diagram is seen: fitting, zooming with buttons, moving with a finger.

const READABLE = 0.55;
const STEP = 1.25;
const LOWEST = 220;
const EDGE = 25;
const MARK = 50; // room below the drawing for the mark of bpmn.io

/** Fit the drawing to the width of the page, but never smaller than can be read. */
export function fit(viewer, container, centre) {
  const canvas = viewer.get("canvas");
  const inner = canvas.viewbox().inner;
  const scale = Math.max(Math.min(container.clientWidth / (inner.width + 2 * EDGE), 1), READABLE);
  const highest = Math.max(LOWEST, window.innerHeight * 0.7);
  const wanted = inner.height * scale + EDGE + MARK;
  container.style.height = `${Math.min(highest, Math.max(LOWEST, wanted))}px`;
  canvas.resized();
  const width = container.clientWidth / scale;
  const height = container.clientHeight / scale;
  const middle = centreOf(viewer, centre, inner);
  canvas.viewbox({
    x: start(inner.x, inner.width, width, middle.x, EDGE),
    y: start(inner.y, inner.height, height, middle.y, MARK / scale),
    width,
    height,
  });
}

/** Where the view begins along one axis: centred if all fits, else at the middle within the edges. */
function start(from, length, seen, middle, after) {
  const room = length + EDGE + after;
  if (room <= seen) return from - EDGE - (seen - room) / 2;
  return Math.min(Math.max(middle - seen / 2, from - EDGE), from + length + after - seen);
}

function centreOf(viewer, id, inner) {
  const element = id && viewer.get("elementRegistry").get(id);
  if (!element) return { x: inner.x + inner.width / 2, y: inner.y + inner.height / 2 };
  return { x: element.x + element.width / 2, y: element.y + element.height / 2 };
}

/** Let the buttons of the figure zoom, and the wheel only while the diagram has the focus. */
export function wireZoom(figure, viewer, container, centre) {
  const canvas = viewer.get("canvas");
  // Shows all of it, however small; once more, and the present position can be read again.
  let whole = false;
  const showAll = () => {
    whole = !whole;
    if (whole) canvas.zoom("fit-viewport", "auto");
    else fit(viewer, container, centre);
  };
  const actions = {
    in: () => canvas.zoom(canvas.zoom() * STEP),
    out: () => canvas.zoom(canvas.zoom() / STEP),
    fit: showAll,
  };
  for (const button of figure.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", actions[button.dataset.zoom]);
  }
  const wheel = viewer.get("zoomScroll");
  container.addEventListener("focusin", () => wheel.toggle(true));
  container.addEventListener("focusout", () => wheel.toggle(false));
}

/** Sideways movement of one finger moves the drawing; up and down still scrolls the page. */
export function panWithFinger(viewer, container) {
  const canvas = viewer.get("canvas");
  let last = null;
  container.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") last = event;
  });
  container.addEventListener("pointermove", (event) => {
    if (!last || event.pointerId !== last.pointerId) return;
    canvas.scroll({ dx: event.clientX - last.clientX, dy: event.clientY - last.clientY });
    last = event;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    container.addEventListener(end, () => { last = null; });
  }
}
