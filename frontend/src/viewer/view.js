// How much of a diagram is seen: fitting, zooming with buttons, moving with a finger.

const READABLE = 0.55;
const STEP = 1.25;
const LOWEST = 220;

/** Fit the drawing to the width of the page, but never smaller than can be read. */
export function fit(viewer, container, centre) {
  const canvas = viewer.get("canvas");
  const inner = canvas.viewbox().inner;
  const scale = Math.min(container.clientWidth / (inner.width + 60), 1);
  const used = Math.max(scale, READABLE);
  const highest = Math.max(LOWEST, window.innerHeight * 0.7);
  container.style.height = `${Math.min(highest, Math.max(LOWEST, inner.height * used + 70))}px`;
  canvas.resized();
  const width = container.clientWidth / used;
  const height = container.clientHeight / used;
  const middle = centreOf(viewer, centre, inner);
  const x = scale >= READABLE ? inner.x + inner.width / 2 : middle.x;
  const y = inner.height <= height ? inner.y + inner.height / 2 : middle.y;
  canvas.viewbox({ x: x - width / 2, y: y - height / 2, width, height });
}

function centreOf(viewer, id, inner) {
  const element = id && viewer.get("elementRegistry").get(id);
  if (!element) return { x: inner.x + inner.width / 2, y: inner.y + inner.height / 2 };
  return { x: element.x + element.width / 2, y: element.y + element.height / 2 };
}

/** Let the buttons of the figure zoom, and the wheel only while the diagram has the focus. */
export function wireZoom(figure, viewer, container, centre) {
  const canvas = viewer.get("canvas");
  const actions = {
    in: () => canvas.zoom(canvas.zoom() * STEP),
    out: () => canvas.zoom(canvas.zoom() / STEP),
    fit: () => fit(viewer, container, centre),
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
