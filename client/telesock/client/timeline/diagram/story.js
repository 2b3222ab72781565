// What is shown: which entries, as which rows, on which lifelines. A row is a moment: an operation has one where it was
// asked for and one where it ended, unless nothing lies between.

const data = JSON.parse(document.getElementById("data").textContent);
const entries = data.entries;
const byId = (id) => document.getElementById(id);
const canvas = byId("diagram"), overview = byId("overview"), context = canvas.getContext("2d");

const ROW = 30, HEAD = 46, GUTTER = 142, FIRST = 300, LANE = 250, BAR = 8, LEGIBLE = 13;
const FONT = '12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
const SMALL = '11px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

const state = {
  rows: [], spans: [], shown: entries, selected: null, row: null, hover: null, spacing: "order", panX: 0, lanes: [],
  transform: d3.zoomIdentity, width: 0, height: 0, colors: {}, positions: [], length: 1,
  filter: { text: "", status: "", socket: "", agents: null, kinds: new Set(data.kinds) },
};

const socketOf = (entry) => entry.socket ? `${entry.agent || ""}\u0000${entry.session || ""}\u0000${entry.socket}` : "";

function matches(entry) {
  const { text, status, socket, agents, kinds } = state.filter;
  return kinds.has(entry.kind)
    && (!agents || !entry.lane || agents.has(entry.lane))
    && (!status || entry[status])
    && (!socket || socketOf(entry) === socket)
    && text.every((word) => entry.searched.includes(word));
}

function refresh() {
  state.shown = entries.filter(matches);
  state.rows = rowsOf(state.shown);
  placeRows();
  placeLanes();
  select(state.shown.includes(state.selected) ? state.selected : null);
  byId("clear").hidden = state.shown.length === entries.length && !state.filter.text.length;
  summarize();
  limitZoom();
  draw();
}

function rowsOf(shown) {
  const moments = [];
  for (const entry of shown) {
    if (entry.kind === "operation" && entry.began !== undefined) moments.push({ at: entry.began, entry, asked: true });
    if (!entry.pending) moments.push({ at: entry.at, entry, ended: true });
  }
  moments.sort((one, other) => one.at - other.at);
  const rows = [];
  for (const moment of moments) {
    const last = rows[rows.length - 1];
    if (state.spacing === "order" && last && last.asked && last.entry === moment.entry) Object.assign(last, { ended: true, at: moment.at, from: last.at });
    else rows.push(moment);
  }
  return rows;
}

function placeRows() {
  const rows = state.rows;
  const first = rows.length ? Math.min(rows[0].from ?? rows[0].at, rows[0].at) : 0;
  const last = rows.length ? rows[rows.length - 1].at : 0;
  state.length = Math.max(1, rows.length) * ROW;
  state.time = d3.scaleLinear().domain([first, Math.max(last, first + 1)]).range([ROW / 2, state.length - ROW / 2]);
  rows.forEach((row, number) => {
    row.y = state.spacing === "time" ? state.time(row.at) : (number + 0.5) * ROW;
    row.top = state.spacing === "time" && row.from !== undefined ? state.time(row.from) : row.y;
  });
  state.positions = rows.map((row) => row.y);
  const spans = new Map();
  for (const row of rows) {
    if (row.entry.kind !== "operation" || row.entry.began === undefined) continue;
    const span = spans.get(row.entry);
    if (span) span.bottom = row.y;
    else spans.set(row.entry, { entry: row.entry, top: row.top, bottom: row.entry.pending ? state.length : row.y });
  }
  state.spans = [...spans.values()];
  const depths = new Map(); // bars of one lifeline that overlap stand side by side
  for (const span of state.spans) {
    const ends = depths.get(span.entry.lane) || [];
    let depth = ends.findIndex((end) => end < span.top - 0.5);
    if (depth < 0) depth = ends.length < 6 ? ends.length : 5;
    ends[depth] = span.bottom;
    depths.set(span.entry.lane, ends);
    span.depth = depth;
  }
}

function placeLanes() {
  const used = new Set([0]);
  for (const entry of state.shown) {
    used.add(entry.lane);
    if (entry.peer_lane !== undefined) used.add(entry.peer_lane);
  }
  if (state.shown.length === entries.length) data.lifelines.forEach((_, lane) => used.add(lane));
  let x = GUTTER + 46;
  state.lanes = [];
  data.lifelines.forEach((name, lane) => {
    if (!used.has(lane)) return;
    if (lane > 0) x += state.lanes.filter((each) => each !== undefined).length === 1 ? FIRST : LANE;
    state.lanes[lane] = x;
  });
  state.right = x + 240;
}

function summarize() {
  const failed = entries.filter((entry) => entry.failed).length;
  const parts = [
    state.shown.length === entries.length ? count(entries.length, "entries") : `${state.shown.length} of ${count(entries.length, "entries")}`,
    failed ? `${failed} failed` : "none failed",
    count(data.agents, "agents"),
  ];
  if (data.forgotten) parts.push(`${data.forgotten} older ones were forgotten`);
  byId("summary").textContent = parts.join(" · ");
  const empty = byId("empty");
  empty.hidden = state.rows.length > 0;
  empty.textContent = entries.length ? "Nothing matches: clear a filter." : "Nothing happened.";
  canvas.dataset.shown = state.shown.length;
}

const count = (number, what) => `${number.toLocaleString("en")} ${number === 1 ? what.replace(/ies$/, "y").replace(/s$/, "") : what}`;
