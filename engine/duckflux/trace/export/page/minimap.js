/** The whole run in small, with the part that is shown; dragging over it chooses another part. */

const LEAST_DRAG = 3;

/** `view` is {root, scale, window, whole, zoom}, as they are when a function here is called. */
function newMinimap(canvas, view) {
  let drag = null;
  const placeAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    return share * view().scale.warp(view().whole.end);
  };
  const draw = () => drawMinimap(canvas, view(), drag);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drag = { from: placeAt(event), to: placeAt(event), x: event.clientX, moved: 0 };
    const [left, right] = placesOf(view());
    const isPart = view().window.end - view().window.begin < view().whole.end;
    drag.grabbed = isPart && drag.from > left && drag.from < right ? [left, right] : null;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.to = placeAt(event);
    drag.moved = Math.max(drag.moved, Math.abs(event.clientX - drag.x));
    if (drag.grabbed) zoomToPlaces(view(), ...drag.grabbed.map((place) => place + drag.to - drag.from));
    else draw();
  });
  canvas.addEventListener("pointerup", () => {
    const { moved, grabbed } = drag;
    const chosen = draggedPlaces(drag);
    drag = null;
    if (moved >= LEAST_DRAG && !grabbed) zoomToPlaces(view(), ...chosen);
    draw();
  });
  canvas.addEventListener("pointercancel", () => (drag = null));
  canvas.addEventListener("dblclick", () => view().zoom(0, view().whole.end));
  canvas.addEventListener("keydown", (event) => moveByKey(event, view()));
  return draw;
}

function placesOf({ scale, window }) {
  return [scale.warp(window.begin), scale.warp(window.end)];
}

function draggedPlaces({ from, to }) {
  return [Math.min(from, to), Math.max(from, to)];
}

function zoomToPlaces({ scale, whole, zoom }, from, to) {
  const all = scale.warp(whole.end);
  const shift = Math.max(0, -from) - Math.max(0, to - all);
  zoom(scale.unwarp(from + shift), scale.unwarp(to + shift));
}

function moveByKey(event, view) {
  const by = { ArrowLeft: -0.2, ArrowRight: 0.2 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const [from, to] = placesOf(view);
  zoomToPlaces(view, from + (to - from) * by, to + (to - from) * by);
}

function drawMinimap(canvas, view, drag) {
  const { root, scale, window, whole } = view;
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = globalThis.devicePixelRatio || 1;
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const perTime = width / Math.max(scale.warp(whole.end), 1);
  const colors = new Map();
  const color = (name) => colors.get(name) ?? colors.set(name, colorOf(canvas, name)).get(name);
  const leaves = [...everyNode(root)].filter((node) => node.step && !node.children.length);
  leaves.forEach((node, index) => {
    const left = scale.warp(node.begin) * perTime;
    const length = Math.max(scale.warp(node.end) * perTime - left, 1);
    pen.fillStyle = color(node.status);
    pen.fillRect(left, 2 + (index / leaves.length) * (height - 6), length, Math.max(2, (height - 6) / leaves.length - 1));
  });
  pen.fillStyle = color("line");
  for (const { begin, end } of scale.gaps) {
    const left = scale.warp(begin) * perTime;
    pen.fillRect(left, 0, Math.max(scale.warp(end) * perTime - left, 1), height);
  }
  const places = drag && !drag.grabbed ? draggedPlaces(drag) : placesOf(view);
  drawWindow(pen, places.map((place) => place * perTime), width, height, color("accent"));
  setAttribute(canvas, "aria-valuetext", `${durationText(window.begin)} to ${durationText(window.end)}`);
  setAttribute(canvas, "aria-valuemax", Math.round(whole.end));
  setAttribute(canvas, "aria-valuenow", Math.round(window.begin));
}

/** What is outside of the window is dark, its edges are marked. */
function drawWindow(pen, [left, right], width, height, accent) {
  if (right - left >= width - 1) return;
  pen.globalAlpha = 0.2;
  pen.fillStyle = accent;
  pen.fillRect(left, 0, right - left, height);
  pen.globalAlpha = 1;
  pen.strokeStyle = accent;
  pen.strokeRect(left + 0.5, 0.5, Math.max(right - left - 1, 2), height - 1);
}

/** A color of the page's style, which depends on the theme, as a canvas takes it. */
function colorOf(canvas, name) {
  canvas.style.color = `var(--${name === "cancelled" ? "skipped" : name})`;
  return getComputedStyle(canvas).color;
}
