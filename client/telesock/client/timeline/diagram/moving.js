// Zooming and moving: the transform is for rows alone; sideways there is nothing to zoom

const zoom = d3.zoom()
  .filter((event) => event.type === "wheel" ? event.ctrlKey || event.metaKey : !event.button && event.type !== "dblclick")
  .on("zoom", (event) => {
    const { transform } = event, before = state.transform;
    if (transform.k === before.k) state.panX += transform.x - before.x;
    state.transform = transform;
    keepInView();
    draw();
  });
const surface = d3.select(canvas).call(zoom).on("dblclick.zoom", null);

function limitZoom() {
  const visible = Math.max(50, state.height - HEAD);
  zoom.extent([[0, HEAD], [state.width, state.height]])
    .translateExtent([[-Infinity, -4], [Infinity, Math.max(state.length + 2 * ROW, visible)]])
    .scaleExtent([Math.min(1, visible / (state.length + ROW)), 400]);
  const { k } = state.transform;
  const wanted = Math.min(Math.max(k, zoom.scaleExtent()[0]), zoom.scaleExtent()[1]);
  surface.call(wanted === k ? (chosen) => zoom.translateBy(chosen, 0, 0) : (chosen) => zoom.scaleTo(chosen, wanted));
}

function keepInView() {
  state.panX = Math.min(0, Math.max(state.panX, Math.min(0, state.width - state.right)));
}

const yOf = (y) => state.transform.applyY(y);
const xOf = (lane) => Math.round(state.lanes[lane] + state.panX) + 0.5;

function showRow(row) {
  const y = yOf(row.y), margin = 60;
  if (y < HEAD + margin || y > state.height - margin) {
    surface.call(zoom.translateBy, 0, ((HEAD + state.height) / 2 - y) / state.transform.k);
  }
  const lane = state.lanes[row.entry.lane];
  if (lane + state.panX < GUTTER + 60) state.panX = GUTTER + 200 - lane;
  if (lane + state.panX > state.width - 100) state.panX = state.width - 200 - lane;
  keepInView();
}

// What is chosen stays in view; without it, the middle stays where it is.
function zoomBy(factor) {
  surface.call(zoom.scaleBy, factor);
  if (state.row) showRow(state.row);
  draw();
}

function fit() {
  surface.call(zoom.scaleTo, zoom.scaleExtent()[0]).call(zoom.translateBy, 0, 1e9);
  state.panX = 0;
  draw();
}
