// Choosing an entry

function select(entry, row = state.rows.find((each) => each.entry === entry)) {
  state.selected = entry;
  state.row = entry ? row : null;
  const details = byId("details"), was = details.hidden;
  details.hidden = !entry;
  if (entry) describe(entry);
  if (was !== details.hidden) resize();
  draw();
}

function describe(entry) {
  byId("details-title").textContent = [entry.operation && entry.kind === "operation" ? `${entry.operation}` : "", entry.what].filter(Boolean).join(" ");
  const wrong = entry.uncertainty < 0 ? " ± not known" : entry.uncertainty ? ` ± ${spanText(entry.uncertainty)}` : "";
  const took = entry.began !== undefined && !entry.pending ? spanText(entry.at - entry.began) : "";
  const fields = [
    ["kind", entry.kind],
    ["agent", entry.agent],
    ["status", entry.status || (entry.pending ? "has not ended" : ""), entry.failed ? "failed" : "success"],
    ["asked for", entry.request, "mono"],
    ["details", entry.details, "mono"],
    [entry.kind === "operation" && !entry.pending ? "ended at" : "at", entry.pending ? "" : timeText(entry.at) + wrong],
    ["wall time", wallText(entry.at)],
    ["asked at", entry.began !== undefined ? timeText(entry.began) : ""],
    ["took", took],
    ["socket", entry.socket],
    ["local address", entry.local, "mono"],
    ["peer", entry.peer && peerText(entry), "mono"],
    ["operation", entry.operation],
    ["event", entry.sequence],
    ["session", entry.session, "mono"],
  ];
  const list = byId("fields");
  list.replaceChildren();
  for (const [name, value, kind] of fields) {
    if (value === undefined || value === "" || value === 0) continue;
    const term = document.createElement("dt"), said = document.createElement("dd");
    term.textContent = name;
    said.textContent = value;
    if (kind) said.className = kind;
    list.append(term, said);
  }
}

function peerText(entry) {
  const name = entry.peer_lane !== undefined ? data.lifelines[entry.peer_lane] : entry.peer;
  return entry.peer_lane !== undefined && entry.peer_lane <= data.agents ? `${entry.peer}, agent ${name}` : entry.peer;
}

function step(by, wanted = () => true) {
  const { rows } = state;
  let at = state.row ? rows.indexOf(state.row) : by > 0 ? -1 : rows.length;
  do at += by; while (at >= 0 && at < rows.length && !wanted(rows[at]));
  if (at >= 0 && at < rows.length) choose(rows[at]);
}

const hasFailed = (row) => row.entry.failed && row.ended;

function choose(row) {
  select(row.entry, row);
  showRow(row);
}

function rowAt(y) {
  const position = positionAt(y), after = d3.bisectLeft(state.positions, position);
  let best = null, distance = Math.max(ROW / 2, 4 / state.transform.k);
  for (const row of state.rows.slice(Math.max(0, after - 1), after + 1)) {
    if (Math.abs(row.y - position) <= distance) { best = row; distance = Math.abs(row.y - position); }
  }
  return best;
}

function entryAt(x, y) {
  if (y < HEAD) return null;
  const position = positionAt(y);
  const bar = state.spans.find(({ entry, top, bottom, depth }) => {
    const left = xOf(entry.lane || 0) - BAR / 2 + depth * (BAR - 2);
    return position > top && position < bottom && x >= left && x <= left + BAR;
  });
  return bar ? bar.entry : rowAt(y)?.entry ?? null;
}
