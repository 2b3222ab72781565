// Drawing: only the rows that are in view, so that their number costs nothing.

let waiting = false;
function draw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; paint(); });
}

function colors() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["page", "panel", "text", "muted", "line", "grid", "accent", "good", "bad", "fault", "note", "agent",
    "indication", "note-fill", "bad-fill", "selected", "bar", "bar-bad", "wire"]) state.colors[name] = style.getPropertyValue(`--${name}`).trim();
}

function paint() {
  const ratio = window.devicePixelRatio || 1, began = performance.now();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = state.colors.page;
  context.fillRect(0, 0, state.width, state.height);
  const from = Math.max(0, d3.bisectLeft(state.positions, positionAt(HEAD)) - 2);
  const to = Math.min(state.rows.length, d3.bisectRight(state.positions, positionAt(state.height)) + 2);
  paintBackgrounds(from, to);
  paintLifelines();
  paintBars();
  paintRows(from, to);
  paintTimes(from, to);
  paintHead();
  paintOverview();
  canvas.dataset.drawn = to - from;
  canvas.dataset.scale = state.transform.k;
  canvas.dataset.milliseconds = performance.now() - began;
  byId("scale").textContent = state.transform.k >= 0.1 ? `${Math.round(state.transform.k * 100)}%` : `${(state.transform.k * 100).toPrecision(2)}%`;
}

const positionAt = (pixel) => (pixel - yOf(0)) / state.transform.k;

function paintBackgrounds(from, to, width = state.width) {
  const high = Math.max(2, Math.min(ROW, ROW * state.transform.k));
  for (let number = from; number < to; number++) {
    const { entry, y } = state.rows[number];
    const fill = entry === state.selected ? "selected" : entry.kind === "note" ? "note-fill" : entry.failed && state.rows[number].ended ? "bad-fill" : entry === state.hover ? "grid" : "";
    if (!fill) continue;
    context.fillStyle = state.colors[fill];
    context.fillRect(0, yOf(y) - high / 2, width, high);
  }
}

function paintLifelines() {
  state.lanes.forEach((_, lane) => {
    line(xOf(lane), HEAD, xOf(lane), state.height, lane > data.agents ? "line" : "muted", lane > data.agents ? [2, 4] : lane ? [] : [6, 4]);
  });
}

function paintBars() {
  for (const { entry, top, bottom, depth } of state.spans) {
    const begin = yOf(top), end = Math.max(yOf(bottom), begin + 2);
    if (end < HEAD || begin > state.height || !entry.lane) continue;
    const x = xOf(entry.lane) - BAR / 2 + depth * (BAR - 2);
    context.fillStyle = state.colors[entry.failed ? "bar-bad" : "bar"];
    context.strokeStyle = state.colors[entry === state.selected ? "text" : entry.failed ? "bad" : "accent"];
    context.lineWidth = 1;
    const lead = begin === end - 2 ? 4 : 0;
    context.fillRect(x, begin - lead, BAR, end - begin + 2 * lead);
    if (end - begin + 2 * lead > 3) context.strokeRect(x, begin - lead, BAR, end - begin + 2 * lead);
  }
}

function paintRows(from, to) {
  const taken = new Map(); // where on each lifeline the last words stand: those that do not fit are left out
  for (let number = from; number < to; number++) {
    const row = state.rows[number], y = yOf(row.y);
    if (y < HEAD - ROW || y > state.height + ROW) continue;
    paintRow(row, y, (lane, at) => {
      const fits = at - (taken.get(lane) ?? -1e9) >= LEGIBLE;
      if (fits) taken.set(lane, at);
      return fits;
    });
  }
}

function paintTimes(from, to) {
  context.fillStyle = state.colors.page;
  context.fillRect(0, HEAD, GUTTER, state.height);
  paintBackgrounds(from, to, GUTTER);
  let last = -1e9;
  for (const row of state.rows.slice(from, to)) {
    const y = yOf(row.y);
    if (y - last < LEGIBLE) continue;
    last = y;
    paintTime(row, y);
  }
}

const colorOf = (entry) => entry.failed ? "bad" : entry.kind === "operation" ? "accent" : entry.kind === "gap" ? "bad" : entry.kind;

function paintRow(row, y, legible) {
  const { entry } = row;
  if (entry.kind === "note") return paintNote(entry, y, legible);
  const color = colorOf(entry), x = xOf(entry.lane), test = xOf(0);
  const told = row.ended && entry.sequence;
  if (entry.way && row.ended && state.lanes[entry.peer_lane] !== undefined) paintPeer(entry, y, x);
  if (entry.lane && row.asked) arrow(test, x - BAR / 2, y, color, []);
  else if (entry.lane && told) arrow(x - BAR / 2, test, y, color, [4, 3]);
  if (entry.lane && row.asked && told && y) tip(test, y, 1, color);
  if (entry.kind === "fault") bolt(x, y);
  else if (entry.kind === "agent" || entry.kind === "gap") cross(x, y, color);
  else if (entry.kind === "indication" || (entry.kind === "operation" && entry.began === undefined)) dot(x, y, color);
  whisker(entry, row, x, y, color);
  paintWords(row, y, x, color, legible);
}

function paintWords(row, y, x, color, legible) {
  const { entry } = row, before = laneBefore(entry.lane), after = spaceRight(entry.lane);
  const number = entry.kind === "operation" && entry.operation ? `${entry.operation} ` : "";
  const left = [number + entry.what, entry.socket && `socket ${entry.socket}`, row.asked && entry.request].filter(Boolean).join(" · ");
  if (!entry.lane) return void (legible(0, y + 4) && words(left, x + 10, y + 4, after, color, "left"));
  if (legible(before, y - 5)) words(left, x - 14, y - 5, Math.min(state.lanes[entry.lane] - state.lanes[before] - 22, x - 18 - GUTTER), color, "right");
  const right = rightWords(row), raised = row.ended && entry.way && state.lanes[entry.peer_lane] > state.lanes[entry.lane];
  const low = y + (raised ? 1 : 4);
  if (right && legible(entry.lane, low)) words(right, x + 18, low, Math.min(after - 30, state.width - x - 24), entry.failed ? "bad" : "text", "left");
}

function rightWords(row) {
  const { entry } = row;
  if (entry.kind !== "operation") return [entry.status, entry.details].filter(Boolean).join(" · ");
  if (!row.ended) return entry.pending ? "has not ended" : "";
  const took = entry.began === undefined ? "" : spanText(entry.at - entry.began);
  return [entry.status === "SUCCESS" ? "✓" : entry.status, took, entry.details].filter(Boolean).join(" · ");
}

function laneBefore(lane) {
  let before = 0;
  state.lanes.forEach((_, each) => { if (each < lane) before = each; });
  return before;
}

function spaceRight(lane) {
  const after = state.lanes.findIndex((x, each) => each > lane && x !== undefined);
  return after < 0 ? 240 : state.lanes[after] - state.lanes[lane];
}

function paintPeer(entry, y, x) {
  const peer = xOf(entry.peer_lane), side = peer > x ? 1 : -1, near = x + side * (BAR / 2 + 2), low = y + 7;
  const wire = entry.failed ? "bad" : "wire";
  if (entry.way === "in") arrow(peer, near, low, wire, [], 2.25);
  else arrow(near, peer, low, wire, [], 2.25);
  if (entry.failed) cross((near + peer) / 2, low, "bad");
}

function paintNote(entry, y, legible) {
  if (!legible(entry.lane, y + 4)) return;
  const x = entry.lane ? xOf(entry.lane) + 10 : Math.max(GUTTER + 12, xOf(0) + 10);
  words(`✎ ${entry.what}`, x, y + 4, state.width - x - 10, "note", "left", "600 " + FONT);
}

function paintTime(row, y) {
  words(timeText(row.at), 88, y + 4, 88, "muted", "right", SMALL);
  const wrong = row.ended && row.entry.sequence ? row.entry.uncertainty : 0;
  if (wrong) words(wrong < 0 ? "±?" : `±${spanText(wrong)}`, 93, y + 4, GUTTER - 88, "muted", "left", '10px system-ui, "DejaVu Sans", sans-serif');
}

function whisker(entry, row, x, y, color) {
  if (state.spacing !== "time" || !row.ended || !(entry.uncertainty > 0)) return;
  const half = (state.time(entry.at + entry.uncertainty) - state.time(entry.at)) * state.transform.k;
  if (half < 1.5) return;
  line(x, y - half, x, y + half, color, [], 1.5);
  line(x - 4, y - half, x + 4, y - half, color, [], 1.5);
  line(x - 4, y + half, x + 4, y + half, color, [], 1.5);
}

function paintHead() {
  context.fillStyle = state.colors.panel;
  context.fillRect(0, 0, state.width, HEAD);
  line(0, HEAD - 0.5, state.width, HEAD - 0.5, "line", []);
  state.lanes.forEach((_, lane) => {
    const x = xOf(lane), name = data.lifelines[lane], clock = lane && lane <= data.agents ? data.clocks[name] : undefined;
    const kind = lane === 0 ? "" : lane <= data.agents ? "agent " : "";
    words(kind + name, x, clock ? 20 : 28, 190, lane > data.agents ? "muted" : "text", "center", "600 13px " + FONT.slice(5));
    if (clock) words(`clock ${clock.offset_ns < 0 ? "−" : "+"}${spanText(Math.abs(clock.offset_ns))} ± ${spanText(clock.uncertainty_ns)}`, x, 36, 190, "muted", "center", SMALL);
  });
  context.fillStyle = state.colors.panel;
  context.fillRect(0, 0, 96, HEAD - 1);
  words("time", 88, 28, 80, "muted", "right", SMALL);
}

function paintOverview() {
  const ratio = window.devicePixelRatio || 1, brush = overview.getContext("2d"), high = state.height;
  brush.setTransform(ratio, 0, 0, ratio, 0, 0);
  brush.fillStyle = state.colors.panel;
  brush.fillRect(0, 0, 16, high);
  const scale = high / state.length;
  for (const { entry, y, ended } of state.rows) {
    const color = entry.failed && ended ? "bad" : entry.kind === "fault" ? "fault" : entry.kind === "note" ? "note" : "";
    if (!color) continue;
    brush.fillStyle = state.colors[color];
    brush.fillRect(2, y * scale - 1, 12, 2);
  }
  brush.strokeStyle = state.colors.accent;
  const top = Math.max(0, positionAt(HEAD) * scale), bottom = Math.min(high, positionAt(state.height) * scale);
  brush.strokeRect(0.5, top + 0.5, 15, Math.max(3, bottom - top - 1));
}
