// The beginning

let opened = false;
function resize() {
  const ratio = window.devicePixelRatio || 1, box = canvas.parentElement.getBoundingClientRect();
  state.width = Math.max(100, Math.floor(box.width - 16));
  state.height = Math.max(100, Math.floor(box.height));
  for (const [each, width] of [[canvas, state.width], [overview, 16]]) {
    each.width = width * ratio;
    each.height = state.height * ratio;
  }
  limitZoom();
  if (!opened) { opened = true; surface.call(zoom.translateBy, 0, 1e9); }
  keepInView();
  draw();
}

state.filter.text = [];
offerKinds();
offerAgents();
offerSockets();
applyTheme();
new ResizeObserver(resize).observe(byId("stage"));
refresh();
