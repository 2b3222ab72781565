// What people do

canvas.addEventListener("click", (event) => {
  const entry = entryAt(event.offsetX, event.offsetY), row = rowAt(event.offsetY);
  select(entry, row?.entry === entry ? row : undefined);
});
canvas.addEventListener("pointermove", (event) => {
  const over = entryAt(event.offsetX, event.offsetY);
  canvas.classList.toggle("over", Boolean(over));
  if (over !== state.hover) { state.hover = over; draw(); }
});
canvas.addEventListener("pointerleave", () => { state.hover = null; draw(); });
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  if (event.ctrlKey || event.metaKey) return;
  const unit = event.deltaMode === 1 ? 24 : event.deltaMode === 2 ? state.height : 1;
  const [right, down] = event.shiftKey ? [event.deltaY + event.deltaX, 0] : [event.deltaX, event.deltaY];
  move(-right * unit, -down * unit);
}, { passive: false });

function move(right, down) {
  state.panX += right;
  keepInView();
  surface.call(zoom.translateBy, 0, down / state.transform.k);
  draw();
}

let scrubbing = false;
const scrub = (event) => {
  const position = event.offsetY / state.height * state.length;
  surface.call(zoom.translateBy, 0, positionAt((HEAD + state.height) / 2) - position);
};
overview.addEventListener("pointerdown", (event) => { scrubbing = true; overview.setPointerCapture(event.pointerId); scrub(event); });
overview.addEventListener("pointermove", (event) => { if (scrubbing) scrub(event); });
overview.addEventListener("pointerup", () => { scrubbing = false; });

const page = () => state.height - HEAD - 40;
const KEYS = {
  ArrowDown: () => step(1), ArrowUp: () => step(-1), j: () => step(1), k: () => step(-1),
  Home: () => state.rows.length && choose(state.rows[0]),
  End: () => state.rows.length && choose(state.rows[state.rows.length - 1]),
  PageDown: () => move(0, -page()), PageUp: () => move(0, page()), " ": () => move(0, -page()),
  ArrowLeft: () => move(80, 0), ArrowRight: () => move(-80, 0),
  n: () => step(1, hasFailed), N: () => step(-1, hasFailed),
  "+": () => zoomBy(1.5), "=": () => zoomBy(1.5),
  "-": () => zoomBy(1 / 1.5), 0: () => zoomBy(1 / state.transform.k), f: fit,
  Escape: () => select(null),
};
canvas.addEventListener("keydown", (event) => {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  if (event.key === "/") { event.preventDefault(); byId("search").focus(); byId("search").select(); }
  if (event.key === "?") byId("help").click();
  if (event.key === "Escape" && event.target !== canvas) select(null);
});

const search = byId("search");
search.addEventListener("input", () => {
  state.filter.text = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  refresh();
});
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { search.value = ""; search.dispatchEvent(new Event("input")); canvas.focus(); }
  if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); canvas.focus(); step(1); }
});
byId("status").addEventListener("change", (event) => { state.filter.status = event.target.value; refresh(); });
byId("socket").addEventListener("change", (event) => { state.filter.socket = event.target.value; refresh(); });
byId("spacing").addEventListener("change", (event) => { state.spacing = event.target.value; refresh(); if (state.row) showRow(state.row); });
byId("zoom-in").addEventListener("click", KEYS["+"]);
byId("zoom-out").addEventListener("click", KEYS["-"]);
byId("fit").addEventListener("click", fit);
byId("close").addEventListener("click", () => { select(null); canvas.focus(); });
byId("help").addEventListener("click", () => {
  const keys = byId("keys");
  keys.hidden = !keys.hidden;
  byId("help").setAttribute("aria-expanded", String(!keys.hidden));
});
byId("clear").addEventListener("click", clearFilters);

function clearFilters() {
  state.filter = { text: [], status: "", socket: "", agents: null, kinds: new Set(data.kinds) };
  for (const id of ["search", "status", "socket"]) byId(id).value = "";
  for (const chip of byId("kinds").children) chip.setAttribute("aria-pressed", "true");
  for (const box of byId("agents").querySelectorAll("input")) box.checked = true;
  nameAgents();
  refresh();
}

const THEMES = ["auto", "light", "dark"];
const dark = window.matchMedia("(prefers-color-scheme: dark)");
let theme = "auto";
function applyTheme() {
  document.documentElement.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  byId("theme").textContent = `Theme: ${theme}`;
  colors();
  draw();
}
byId("theme").addEventListener("click", () => { theme = THEMES[(THEMES.indexOf(theme) + 1) % 3]; applyTheme(); });
dark.addEventListener("change", applyTheme);
