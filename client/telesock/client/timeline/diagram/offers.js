// What can be chosen

function offerKinds() {
  const counted = d3.rollup(entries, (each) => each.length, (entry) => entry.kind);
  for (const kind of data.kinds) {
    if (!counted.has(kind)) continue;
    const chip = document.createElement("button"), mark = document.createElement("i");
    chip.type = "button";
    chip.dataset.kind = kind;
    mark.className = kind;
    chip.append(mark, `${kind} ${counted.get(kind).toLocaleString("en")}`);
    chip.setAttribute("aria-pressed", "true");
    chip.addEventListener("click", () => {
      const { kinds } = state.filter;
      if (!kinds.delete(kind)) kinds.add(kind);
      chip.setAttribute("aria-pressed", String(kinds.has(kind)));
      refresh();
    });
    byId("kinds").append(chip);
  }
}

function offerAgents() {
  for (let lane = 1; lane <= data.agents; lane++) {
    const label = document.createElement("label"), box = document.createElement("input");
    box.type = "checkbox";
    box.checked = true;
    box.value = lane;
    box.addEventListener("change", chooseAgents);
    label.append(box, ` ${data.lifelines[lane]}`);
    byId("agents").append(label);
  }
  nameAgents();
}

function chooseAgents() {
  const boxes = [...byId("agents").querySelectorAll("input")];
  const chosen = boxes.filter((box) => box.checked).map((box) => Number(box.value));
  state.filter.agents = chosen.length === boxes.length ? null : new Set(chosen);
  nameAgents();
  refresh();
}

function nameAgents() {
  const chosen = state.filter.agents ? state.filter.agents.size : data.agents;
  byId("agents-summary").textContent = `Agents ${chosen === data.agents ? "all" : `${chosen} of ${data.agents}`}`;
}

function offerSockets() {
  const known = new Map();
  for (const entry of entries) {
    const socket = socketOf(entry);
    if (socket && (!known.has(socket) || (entry.peer && !known.get(socket).includes("↔")))) {
      known.set(socket, `${entry.agent ? `${entry.agent} · ` : ""}${entry.socket}${entry.peer ? ` ↔ ${entry.peer}` : ""}`);
    }
  }
  for (const [socket, name] of known) byId("socket").append(new Option(name, socket));
}
