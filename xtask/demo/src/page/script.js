// Asks for the figures twice a second and shows what changed.
"use strict";

const PACE = 500, POINTS = 120;
const element = (id) => document.getElementById(id);
const rates = [], latencies = [], refused = [];
let before = null;

const number = (value) => value.toLocaleString("en");
const time = (us) => us < 1000 ? `${us} µs` : us < 1e6 ? `${(us / 1000).toFixed(1)} ms` : `${(us / 1e6).toFixed(1)} s`;

function draw(chart, values) {
  const top = Math.max(...values, 1e-9), step = 300 / (POINTS - 1), left = 300 - step * (values.length - 1);
  const line = values.map((value, i) => `${i ? "L" : "M"}${(left + i * step).toFixed(1)} ${(58 - 54 * value / top).toFixed(1)}`).join("");
  chart.innerHTML = values.length < 2 ? "" : `<path class="area" d="${line}L300 60L${left} 60Z"/><path d="${line}"/>`;
}

function push(values, value) {
  values.push(value);
  if (values.length > POINTS) values.shift();
}

function row(cells) {
  const tr = document.createElement("tr");
  for (const cell of cells) {
    const td = document.createElement("td");
    td.append(cell);
    tr.append(td);
  }
  return tr;
}

function badge(state) {
  const span = document.createElement("span");
  span.className = state === "ready" ? "state" : "state other";
  span.textContent = state;
  return span;
}

function lines(list, texts) {
  list.replaceChildren(...texts.map((text) => {
    const li = document.createElement("li");
    li.textContent = text;
    return li;
  }));
}

function gallery(thumbnails) {
  const grid = element("gallery");
  const shown = new Set([...grid.children].map((a) => a.dataset.id));
  for (const { id, text } of [...thumbnails].reverse()) {
    if (shown.has(id)) continue;
    const a = document.createElement("a"), img = new Image();
    a.href = `/originals/${id}`;
    a.dataset.id = id;
    a.title = img.alt = text;
    img.src = `/thumbnails/${id}`;
    a.append(img);
    grid.prepend(a);
  }
  while (grid.children.length > 60) grid.lastChild.remove();
}

function show(live, now) {
  const { overview } = live;
  for (const name of ["accepted", "waiting", "active", "completed", "failed"]) element(name).textContent = number(live[name]);
  element("failed").parentElement.classList.toggle("some", live.failed > 0);
  const requests = overview.workers.reduce((sum, worker) => sum + worker.report.requests, overview.requests_before);
  element("requests").textContent = number(requests);
  const share = (count) => `${100 * count / Math.max(live.accepted, 1)}%`;
  element("done").style.width = share(live.completed);
  element("broken").style.width = share(live.failed);

  const finished = live.completed + live.failed;
  // Two workers may answer one after the other, the second with slightly older figures.
  if (before) push(rates, Math.max(0, finished - before.finished) / ((now - before.now) / 1000));
  before = { finished, now };
  const slowest = Math.max(0, ...overview.workers.map((worker) => worker.report.p99_us));
  push(latencies, slowest);
  element("rate").textContent = rates.length ? rates.at(-1).toFixed(1) : "";
  element("latency").textContent = time(slowest);
  draw(element("rate-chart"), rates);
  draw(element("latency-chart"), latencies);

  element("workers").replaceChildren(...overview.workers.map(({ worker, pid, state, report }) => row([
    `${worker}`, `${pid}`, badge(state), number(report.requests), number(report.jobs),
    time(report.p50_us), time(report.p99_us), `${Math.round(report.memory_kib / 1024)} MiB`,
  ])));
  lines(element("news"), [...overview.news].reverse());
  gallery(live.thumbnails);
  const failures = [...refused, ...live.failures.map((failure) => failure.text)];
  element("failures-section").hidden = failures.length === 0;
  lines(element("failures"), failures);
}

function pulse(kind, text) {
  element("pulse").className = `pulse ${kind}`;
  element("pulse").textContent = text;
}

async function look() {
  try {
    const reply = await fetch("/live", { cache: "no-store" });
    if (!reply.ok) throw new Error(`status ${reply.status}`);
    show(await reply.json(), performance.now());
    pulse("live", "live");
  } catch (error) {
    pulse("gone", "not reachable");
  }
  setTimeout(look, PACE);
}

async function upload(files) {
  for (const file of files) {
    const id = `visitor-${crypto.randomUUID()}`;
    try {
      const reply = await fetch(`/pictures/${id}?name=${encodeURIComponent(file.name)}`, { method: "PUT", body: file });
      if (!reply.ok) throw new Error((await reply.text()).trim() || `status ${reply.status}`);
    } catch (error) {
      refused.unshift(`${file.name}: was refused: ${error.message}`);
      refused.length = Math.min(refused.length, 20);
    }
  }
}

const drop = element("drop");
element("files").addEventListener("change", (event) => upload(event.target.files));
for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => { event.preventDefault(); upload(event.dataTransfer.files); });
look();
