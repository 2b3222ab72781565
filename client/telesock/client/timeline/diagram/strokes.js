// Single strokes: lines, arrows, marks, words that fit their room; and times in words.

function words(text, x, y, width, color, align, font = FONT) {
  if (width < 24 || !text) return;
  context.font = font;
  context.textAlign = align;
  let shown = text.length > 200 ? text.slice(0, 200) : text;
  if (context.measureText(shown).width > width) {
    let low = 0, high = shown.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (context.measureText(shown.slice(0, middle) + "…").width <= width) low = middle; else high = middle - 1;
    }
    shown = shown.slice(0, low) + "…";
  }
  context.fillStyle = state.colors[color];
  context.fillText(shown, x, y);
}

function line(x, y, toX, toY, color, dashes, width = 1) {
  context.strokeStyle = state.colors[color];
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
  context.setLineDash([]);
}

function arrow(x, toX, y, color, dashes, width = 1.25) {
  line(x, y, toX - (toX > x ? 6 : -6), y, color, dashes, width);
  tip(toX, y, toX > x ? -1 : 1, color);
}

function tip(x, y, side, color) {
  context.fillStyle = state.colors[color];
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + side * 8, y - 4);
  context.lineTo(x + side * 8, y + 4);
  context.fill();
}

function dot(x, y, color) {
  context.fillStyle = state.colors[color];
  context.beginPath();
  context.arc(x, y, 4, 0, 2 * Math.PI);
  context.fill();
}

function bolt(x, y) {
  context.fillStyle = state.colors.fault;
  context.beginPath();
  for (const [right, down] of [[2, -9], [-6, 1], [-1, 1], [-3, 9], [6, -2], [1, -2]]) context.lineTo(x + right, y + down);
  context.fill();
}

function cross(x, y, color) {
  line(x - 5, y - 5, x + 5, y + 5, color, [], 2);
  line(x - 5, y + 5, x + 5, y - 5, color, [], 2);
}

function timeText(nanoseconds) {
  return `${(nanoseconds / 1e6).toFixed(3).replace(/\B(?=(\d{3})+(?=\.))/g, " ")} ms`;
}

function spanText(nanoseconds) {
  if (nanoseconds < 1e3) return `${nanoseconds} ns`;
  if (nanoseconds < 1e6) return `${Number((nanoseconds / 1e3).toPrecision(3))} µs`;
  if (nanoseconds < 1e9) return `${Number((nanoseconds / 1e6).toPrecision(3))} ms`;
  return `${Number((nanoseconds / 1e9).toPrecision(4))} s`;
}

function wallText(nanoseconds) {
  if (data.wall_offset_ms === null) return "";
  const wall = new Date(data.wall_offset_ms + data.beginning_ms + nanoseconds / 1e6);
  return Number.isNaN(wall.getTime()) ? "" : wall.toISOString().replace("T", " ").replace("Z", " UTC");
}
