// Reads /stats.json each second and shows it. Rates are differences between two looks of the daemon at its queues.
"use strict";

const PERIOD_MS = 1000;
const POINTS = 120;
const IDLE_AFTER_MS = 3000; // the daemon looks each second while anything happens
const ROWS_AT_ONCE = 100;
const SVG = "http://www.w3.org/2000/svg";

const byId = id => document.getElementById(id);
const body = document.querySelector("tbody");
const table = document.querySelector("table");
const queues = new Map(); // by id
const rows = new Map();   // of the queues that are shown, by id
const totals = {in: series(), out: series()};
const view = {sort: "depth", down: true, filter: "", most: ROWS_AT_ONCE, open: null};
let last = null;
let goneSince = null;

// ---- what is told

function series() {
  return {values: new Float64Array(POINTS), count: 0};
}

function push(line, value) {
  if (line.count === POINTS) {
    line.values.copyWithin(0, 1);
    line.count--;
  }
  line.values[line.count++] = value;
}

function take(stats) {
  const idle = stats.now - stats.looked > IDLE_AFTER_MS;
  const seconds = last ? (stats.looked - last.looked) / 1000 : 0;
  const anew = seconds > 0 || idle || !last;
  const present = new Set();
  const sums = {depth: 0, bytes: 0, in: 0, out: 0, inBytes: 0, outBytes: 0, receivers: 0, senders: 0, lag: 0};
  for (const now of stats.queues) {
    present.add(now.id);
    let queue = queues.get(now.id);
    if (!queue || queue.now.key !== now.key || queue.now.sent > now.sent) {
      queue = {in: 0, out: 0, inBytes: 0, outBytes: 0, lines: {depth: series(), in: series(), out: series()}};
      queues.set(now.id, queue);
    } else if (anew) {
      const rate = (to, from) => seconds > 0 && !idle ? Math.max(0, to - from) / seconds : 0;
      queue.in = rate(now.sent, queue.now.sent);
      queue.out = rate(now.received, queue.now.received);
      queue.inBytes = rate(now.sentBytes, queue.now.sentBytes);
      queue.outBytes = rate(now.receivedBytes, queue.now.receivedBytes);
    }
    queue.now = now;
    if (anew) {
      push(queue.lines.depth, now.depth);
      push(queue.lines.in, queue.in);
      push(queue.lines.out, queue.out);
    }
    for (const name of ["in", "out", "inBytes", "outBytes"]) {
      sums[name] += queue[name];
    }
    for (const name of ["depth", "bytes", "receivers", "senders"]) {
      sums[name] += now[name];
    }
    sums.lag = Math.max(sums.lag, now.lag);
  }
  for (const id of queues.keys()) {
    if (!present.has(id)) {
      queues.delete(id);
    }
  }
  if (anew) {
    push(totals.in, sums.in);
    push(totals.out, sums.out);
    sums.syncs = last && seconds > 0 ? Math.max(0, stats.syncs - last.syncs) / seconds : 0;
  }
  last = stats;
  return sums;
}

// ---- how it is written

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", {notation: "compact", maximumFractionDigits: 1});

function number(value) {
  return value < 100000 ? whole.format(Math.round(value)) : short.format(value);
}

function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return (unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)) + " " + units[unit];
}

function duration(ms) {
  if (ms < 1000) {
    return ms === 0 ? "–" : ms + " ms";
  }
  const s = ms / 1000;
  return s < 60 ? Math.floor(s) + " s" : s < 3600 ? Math.floor(s / 60) + " min"
    : s < 86400 ? Math.floor(s / 3600) + " h" : Math.floor(s / 86400) + " d";
}

function text(node, value) {
  if (node.textContent !== value) {
    node.textContent = value;
  }
}

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) {
    node.className = className;
  }
  node.append(...children);
  return node;
}

// ---- plots

function shape(name) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("class", name);
  return path;
}

function canvas(width, height, ...paths) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.append(...paths);
  return svg;
}

function highest(...lines) {
  let high = 0;
  for (const line of lines) {
    for (let i = 0; i < line.count; i++) {
      high = Math.max(high, line.values[i]);
    }
  }
  return high;
}

/** The newest at the right edge; an area is closed along the bottom. */
function outline(line, width, height, high, closed) {
  if (line.count < 2) {
    return "";
  }
  const step = width / (POINTS - 1);
  const first = width - (line.count - 1) * step;
  let d = "";
  for (let i = 0; i < line.count; i++) {
    const y = height - (high > 0 ? line.values[i] / high : 0) * (height - 2) - 1;
    d += (i ? "L" : "M") + (first + i * step).toFixed(1) + " " + y.toFixed(1);
  }
  return closed ? d + `L${width} ${height}L${first.toFixed(1)} ${height}Z` : d;
}

/** A scale's end that is easy to read, and so is its half: an even number, or one and zeros. */
function round(high) {
  const power = 10 ** Math.floor(Math.log10(Math.max(high, 1)));
  return [1, 2, 4, 6, 10].map(n => n * power).find(n => n >= Math.max(high, 2));
}

const plot = byId("plot");
const plotPaths = {area: shape("area in"), in: shape("in"), out: shape("out")};
for (const y of [0, 90, 180]) {
  const line = document.createElementNS(SVG, "line");
  for (const [name, value] of Object.entries({x1: 0, x2: 1000, y1: y, y2: y, class: "grid"})) {
    line.setAttribute(name, value);
  }
  plot.append(line);
}
plot.append(plotPaths.area, plotPaths.in, plotPaths.out);

function drawTotals() {
  const high = round(highest(totals.in, totals.out));
  plotPaths.area.setAttribute("d", outline(totals.in, 1000, 180, high, true));
  plotPaths.in.setAttribute("d", outline(totals.in, 1000, 180, high));
  plotPaths.out.setAttribute("d", outline(totals.out, 1000, 180, high));
  const [top, middle] = byId("plot-scale").children;
  text(top, number(high));
  text(middle, number(high / 2));
}

// ---- rows

function makeRow(id) {
  const cell = (name, label) => {
    const td = make("td", name);
    if (label) {
      td.dataset.label = label;
    }
    return td;
  };
  const row = {
    tr: make("tr", "queue"), button: make("button"), facts: make("small"), name: cell("name"),
    depth: cell("depth n", "Messages"), plot: cell("plot"), bytes: cell("bytes n", "Bytes"),
    in: cell("in n", "Sent/s"), out: cell("out n", "Received/s"), age: cell("age n", "Oldest"),
    waiting: cell("waiting n", "Waiting"), lag: cell("lag n", "Log lag"),
    paths: {area: shape("area depth"), depth: shape("depth")},
    used: make("span"), fill: make("i"), meter: null,
  };
  row.tr.dataset.id = id;
  row.name.append(row.button, row.facts);
  row.plot.append(canvas(130, 28, row.paths.area, row.paths.depth));
  row.meter = make("div", "meter", row.fill);
  row.bytes.append(row.used, row.meter);
  row.tr.append(row.name, row.depth, row.plot, row.bytes, row.in, row.out, row.age, row.waiting, row.lag);
  row.tr.addEventListener("click", () => {
    view.open = view.open === id ? null : id;
    drawQueues();
  });
  return row;
}

function fillRow(row, queue) {
  const now = queue.now;
  text(row.button, now.name || (now.key === "0x00000000" ? "private" : now.key));
  row.button.setAttribute("aria-expanded", view.open === now.id);
  text(row.facts, "id " + now.id + (now.name ? " · " + now.key : ""));
  const amount = (cell, value, written) => {
    text(cell, written);
    cell.classList.toggle("zero", value === 0);
  };
  amount(row.depth, now.depth, number(now.depth));
  amount(row.in, queue.in, number(queue.in));
  amount(row.out, queue.out, number(queue.out));
  amount(row.age, now.age, duration(now.age));
  amount(row.waiting, now.receivers + now.senders, waiters(now));
  row.waiting.classList.toggle("warn", now.senders > 0);
  amount(row.lag, now.lag, duration(now.lag));
  row.lag.classList.toggle("warn", now.lag >= 1000);
  row.lag.classList.toggle("bad", now.lag >= 10000);
  text(row.used, bytes(now.bytes));
  const share = now.limit > 0 ? Math.min(1, Math.max(now.bytes, now.depth) / now.limit) : 0;
  row.bytes.title = `${whole.format(now.bytes)} of ${whole.format(now.limit)} bytes`;
  row.fill.style.width = (share * 100).toFixed(1) + "%";
  row.meter.className = "meter" + (share >= 0.95 ? " full" : share >= 0.75 ? " high" : "");
  const high = highest(queue.lines.depth);
  row.paths.area.setAttribute("d", outline(queue.lines.depth, 130, 28, high, true));
  row.paths.depth.setAttribute("d", outline(queue.lines.depth, 130, 28, high));
}

function waiters(now) {
  const parts = [];
  if (now.receivers) {
    parts.push(now.receivers + " recv");
  }
  if (now.senders) {
    parts.push(now.senders + " send");
  }
  return parts.join(", ") || "–";
}

// ---- one queue at length

const detail = {
  tr: make("tr", "detail"), depthHigh: make("span"), rateHigh: make("span"), facts: make("dl"),
  area: shape("area depth"), depth: shape("depth"), in: shape("in"), out: shape("out"),
};
{
  const cell = make("td");
  cell.colSpan = 9;
  cell.append(make("div", "plots",
    make("div", "", make("h3", "", "Messages queued", detail.depthHigh), canvas(500, 90, detail.area, detail.depth)),
    make("div", "", make("h3", "", "Sent and received a second", detail.rateHigh), canvas(500, 90, detail.in, detail.out))),
    detail.facts);
  detail.tr.append(cell);
}

function fillDetail(queue) {
  const {depth, in: sent, out: received} = queue.lines;
  const now = queue.now;
  const deepest = highest(depth);
  const fastest = highest(sent, received);
  text(detail.depthHigh, "up to " + number(deepest));
  text(detail.rateHigh, "up to " + number(fastest) + "/s");
  detail.area.setAttribute("d", outline(depth, 500, 90, deepest, true));
  detail.depth.setAttribute("d", outline(depth, 500, 90, deepest));
  detail.in.setAttribute("d", outline(sent, 500, 90, fastest));
  detail.out.setAttribute("d", outline(received, 500, 90, fastest));
  const facts = {
    "Sent": whole.format(now.sent), "Sent bytes": bytes(now.sentBytes) + ", " + bytes(queue.inBytes) + "/s",
    "Received": whole.format(now.received), "Received bytes": bytes(now.receivedBytes) + ", " + bytes(queue.outBytes) + "/s",
    "Limit": bytes(now.limit), "Log syncs": whole.format(now.syncs), "Repairs": whole.format(now.repairs), "Key": now.key,
  };
  if (detail.facts.children.length === 0) {
    for (const name of Object.keys(facts)) {
      detail.facts.append(make("div", "", make("dt", "", name), make("dd")));
    }
  }
  Object.values(facts).forEach((value, i) => text(detail.facts.children[i].lastChild, value));
}

// ---- all together

const orders = {
  name: q => q.now.name || q.now.key, depth: q => q.now.depth, bytes: q => q.now.bytes, in: q => q.in, out: q => q.out,
  age: q => q.now.age, waiting: q => q.now.receivers + q.now.senders, lag: q => q.now.lag,
};

function chosen() {
  const wanted = view.filter.toLowerCase();
  const found = [...queues.values()].filter(({now}) => !wanted || now.name.toLowerCase().includes(wanted)
    || now.key.includes(wanted) || String(now.id) === wanted);
  const order = orders[view.sort];
  const sign = view.down ? -1 : 1;
  return found.sort((a, b) => {
    const x = order(a);
    const y = order(b);
    return x === y ? a.now.id - b.now.id : x < y ? -sign : sign;
  });
}

function drawQueues() {
  const found = chosen();
  const shown = found.slice(0, view.most);
  const ids = new Set(shown.map(queue => queue.now.id));
  for (const [id, row] of rows) {
    if (!ids.has(id)) {
      row.tr.remove();
      rows.delete(id);
    }
  }
  let at = body.firstChild;
  const place = node => {
    if (at === node) {
      at = node.nextSibling;
    } else {
      body.insertBefore(node, at);
    }
  };
  if (!ids.has(view.open)) {
    detail.tr.remove();
    at = body.firstChild;
  }
  for (const queue of shown) {
    const id = queue.now.id;
    if (!rows.has(id)) {
      rows.set(id, makeRow(id));
    }
    fillRow(rows.get(id), queue);
    place(rows.get(id).tr);
    if (id === view.open) {
      fillDetail(queue);
      place(detail.tr);
    }
  }
  text(byId("count"), found.length === queues.size ? whole.format(queues.size)
    : `${whole.format(found.length)} of ${whole.format(queues.size)}`);
  table.hidden = shown.length === 0;
  byId("empty").hidden = queues.size > 0 || !last;
  byId("nothing").hidden = queues.size === 0 || found.length > 0;
  const more = byId("more");
  more.hidden = found.length <= view.most;
  text(more, `Show ${whole.format(Math.min(ROWS_AT_ONCE, found.length - view.most))} more of ${whole.format(found.length - view.most)}`);
  for (const th of document.querySelectorAll("th[data-sort]")) {
    if (th.dataset.sort === view.sort) {
      th.setAttribute("aria-sort", view.down ? "descending" : "ascending");
    } else {
      th.removeAttribute("aria-sort");
    }
  }
}

let syncRate = 0;

function drawAll(sums) {
  text(byId("title"), last.title);
  document.title = `${number(sums.depth)} queued – msqd`;
  text(byId("t-queues"), number(queues.size));
  text(byId("t-clients"), last.clients + (last.clients === 1 ? " client" : " clients"));
  text(byId("t-depth"), number(sums.depth));
  text(byId("t-bytes"), bytes(sums.bytes));
  text(byId("t-in"), number(sums.in));
  text(byId("t-out"), number(sums.out));
  text(byId("t-in-bytes"), bytes(sums.inBytes) + "/s");
  text(byId("t-out-bytes"), bytes(sums.outBytes) + "/s");
  text(byId("t-waiting"), number(sums.receivers + sums.senders));
  text(byId("t-senders"), `${number(sums.receivers)} to receive, ${number(sums.senders)} to send`);
  text(byId("t-lag"), sums.lag ? duration(sums.lag) : "current");
  text(byId("t-behind"), sums.lag ? " behind" : "");
  byId("t-lag").className = sums.lag >= 10000 ? "bad" : sums.lag >= 1000 ? "warn" : "";
  syncRate = sums.syncs ?? syncRate;
  text(byId("t-syncs"), number(syncRate) + " syncs/s");
  const count = (n, what) => `${whole.format(n)} ${what}${n === 1 ? "" : "s"}`;
  text(byId("footer"), [count(last.deaths, "client death"), count(last.repairs, "repair"), count(last.faults, "log fault"),
    count(last.dropped, "dropped trace event")].join(" · ") + " since the hot directory was made");
  drawTotals();
  drawQueues();
}

// ---- the round

function state(name, words) {
  document.body.dataset.state = name;
  text(byId("status").lastElementChild, words);
}

async function refresh() {
  try {
    const reply = await fetch("stats.json", {cache: "no-store", signal: AbortSignal.timeout(10000)});
    if (!reply.ok) {
      throw new Error(await reply.text());
    }
    drawAll(take(await reply.json()));
    goneSince = null;
    byId("gone").hidden = true;
    state("live", "live");
  } catch (e) {
    goneSince ??= new Date();
    const notice = byId("gone");
    notice.hidden = false;
    text(notice, `The daemon has not answered since ${goneSince.toLocaleTimeString()}. What is shown is from before; `
      + "this page tries again each second.");
    state("gone", "no answer");
  }
}

async function run() {
  while (true) {
    const begun = performance.now();
    if (!document.hidden || !last) {
      await refresh();
    }
    await new Promise(done => setTimeout(done, Math.max(100, PERIOD_MS - (performance.now() - begun))));
  }
}

function sortBy(name) {
  view.down = view.sort === name ? !view.down : name !== "name";
  view.sort = name;
  byId("sort").value = name;
  drawQueues();
}

for (const th of document.querySelectorAll("th[data-sort]")) {
  th.firstElementChild.addEventListener("click", () => sortBy(th.dataset.sort));
}
byId("sort").addEventListener("change", event => {
  view.sort = event.target.value;
  view.down = view.sort !== "name";
  drawQueues();
});
byId("filter").addEventListener("input", event => {
  view.filter = event.target.value.trim();
  view.most = ROWS_AT_ONCE;
  drawQueues();
});
byId("clear").addEventListener("click", () => {
  byId("filter").value = view.filter = "";
  drawQueues();
});
byId("more").addEventListener("click", () => {
  view.most += ROWS_AT_ONCE;
  drawQueues();
});
run();
