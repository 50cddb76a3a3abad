// Fills the panels beside the picture from the newest messages. An element is touched only when
// what it says has changed, so that a selection and a screen reader's place stay.

import * as words from "./words.js";

const shown = new Map();

// Text goes in as text, whoever wrote it.
function make(tag, name, ...inside) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...inside);
  return element;
}

// Shows `what` in the element: as it is, or what `build` makes of it.
export function put(id, what, build = String) {
  const key = JSON.stringify(what);
  if (shown.get(id) === key) return;
  shown.set(id, key);
  document.getElementById(id).replaceChildren(...[build(what)].flat());
}

// Pairs of a name and a text; those without a text are left out.
function facts(rows) {
  return rows
    .filter(([, text]) => text !== null && text !== undefined && text !== "")
    .map(([name, text]) => make("div", "", make("dt", "", name), make("dd", "", String(text))));
}

// `list`: [{ id, colour, title, facts: [[name, text]] }]; `otherwise` is said where it is empty.
export function people(list, otherwise) {
  put("people", list.length ? list : otherwise, () => {
    if (!list.length) return make("li", "none", otherwise);
    return list.map((person) =>
      make("li", "",
        make("span", `id c${person.colour}`, person.id ? String(person.id) : "?"),
        make("div", "",
          make("strong", "", person.title),
          make("dl", "facts", ...facts(person.facts)))));
  });
}

export function rates({ arriving, delay, health, health_age_s }) {
  const { camera, pose, wanted } = health?.rate ?? {};
  const tiles = [
    ["Poses here", words.decimal(arriving), "/s"],
    ["Delay", words.decimal(delay, 0), "ms"],
    ["Camera", words.decimal(camera), "frames/s"],
    ["Looked at", words.decimal(pose), "frames/s"],
  ];
  put("rates", tiles, () =>
    tiles.map(([name, value, unit]) =>
      make("div", "", make("dt", "", name),
        make("dd", "", make("b", "", value), " ", make("span", "", unit)))));
  const notes = [];
  if (wanted && camera && wanted < 0.9 * camera) {
    notes.push(`It aims at ${words.decimal(wanted, wanted % 1 ? 1 : 0)} a second now.`);
  }
  const latency = health?.latency_ms;
  if (latency) {
    notes.push(`From camera to message: half within ${words.decimal(latency.p50, 0)} ms,`
      + ` 99 of 100 within ${words.decimal(latency.p99, 0)} ms.`);
  }
  if (health_age_s > 5) notes.push(`Reported ${words.duration(health_age_s)} ago.`);
  put("pace", notes.join(" "));
}

// `age_s`: how old that is, where it may be otherwise by now.
export function device(health, state, age_s) {
  const status = health?.status ?? "unknown";
  const view = state?.camera ?? health?.camera ?? "not known yet";
  put("health", [status, view, health?.why, age_s === null ? null : words.duration(age_s)], () => [
    ...(age_s === null ? [] : [make("p", "note", `As it was ${words.duration(age_s)} ago:`)]),
    make("p", "", make("span", `chip ${status}`, make("span", "", status)),
      " Camera: ", make("b", "", view)),
    make("ul", "why", ...(health?.why ?? []).map((each) => make("li", "", each))),
  ]);
  if (health) put("device", numbers(health), facts);
}

function numbers({ restarts, memory_mb: memory, events, throttled, ...health }) {
  const with_why = (name, why) => [name ?? "not known yet", why].filter(Boolean).join(": ");
  const causes = Object.entries(restarts.causes).map(([name, count]) => `${name} ${count}`);
  return [
    ["Engine", with_why(health.engine, health.engine_why)],
    ["Model", with_why(health.model, health.model_why)],
    ["Sensor", health.sensor],
    ["Newest frame", health.last_frame_s === null ? "none" : `${health.last_frame_s} s old then`],
    ["Started anew", restarts.vision
      ? [`${restarts.vision} ${restarts.vision === 1 ? "time" : "times"}`, restarts.last,
        causes.join(", ")].filter(Boolean).join("; ")
      : "never"],
    ["Processor", health.temperature_c === null ? null : `${health.temperature_c} °C`],
    ["Held back by", throttled === null ? null : throttled.join(", ") || "nothing"],
    ["Memory", `daemon ${words.whole(memory.daemon)} MB, camera and engine`
      + ` ${words.whole(memory.vision)} MB of at most ${words.whole(memory.limit)}`],
    ["Events", `${events.waiting} waiting for the broker, ${events.dropped} lost`],
    ["Clock", health.clock === "ok" ? "set" : "not set: times mean nothing"],
    ["Version", health.versions.edgepose],
  ];
}

// `before`: the counters of the report before, of the same run; null where there was none.
export function frames(counters, before) {
  put("counters", [counters, before], () => words.BOOKS.concat([
    ["missed", "beside", "the camera made them, and nobody saw them"],
  ]).filter(([name]) => name in counters).map(([name, kind, why]) => {
    const count = counters[name];
    const newly = before ? count - before[name] : null;
    const row = make("tr", count ? kind : "zero",
      make("th", "", make("b", "", name.replace("_", " ")), " ", make("span", "", why)),
      make("td", "number", newly === null ? "–" : newly > 0 ? `+${words.whole(newly)}` : "0"),
      make("td", "number", words.whole(count)));
    row.firstChild.scope = "row";
    return row;
  }));
  const sums = { sent: 0, spared: 0, busy: 0, lost: 0, open: 0 };
  for (const [name, kind] of words.BOOKS) sums[kind] += counters[name];
  const all = counters.captured;
  const kinds = [["sent", "published"], ["spared", "not wanted"], ["busy", "engine busy"],
    ["lost", "lost"]];
  put("bar", [all, sums], () =>
    kinds.filter(([kind]) => sums[kind]).map(([kind]) => {
      const part = make("span", kind);
      part.style.flexGrow = sums[kind];
      return part;
    }));
  const shares = kinds.map(([kind, name]) => [kind, words.percent(sums[kind], all), name]);
  put("legend", shares, () =>
    shares.map(([kind, share, name]) => make("li", kind, make("b", "", share), ` ${name}`)));
  document.getElementById("bar").ariaLabel = shares
    .map(([, share, name]) => `${share} ${name}`).join(", ");
  put("books", `${words.whole(all)} frames since the start,`
    + ` ${words.whole(words.unexplained(counters))} unexplained.`);
}

const RESULT = { accepted: "in force", refused: "refused", rolled_back: "taken back" };
const FROM = { start: "at the start", file: "from the file", signal: "by a reload",
  command: "by a command" };

export function config(body) {
  const { last } = body;
  const old = body.running !== body.on_disk;
  const now = Date.parse(body.time);
  put("config", body, () => [
    make("p", "",
      make("span", `chip ${old ? "degraded" : "ok"}`,
        make("span", "", old ? "old config" : "in force")), " ",
      old
        ? body.on_disk === null
          ? "The file cannot be read; what ran before still runs."
          : "Another configuration runs than the file holds."
        : "The file is what runs."),
    make("dl", "facts", ...facts([
      ["Runs", body.running],
      ["On disk", body.on_disk ?? "not readable"],
      ["Last change", `${RESULT[last.result]} ${FROM[last.from]}, ${words.clock(last.time, now)}`],
      ...Object.entries(body.set).map(([key, value]) => [`${key} (set)`, JSON.stringify(value)]),
    ])),
    make("ul", "why", ...last.errors.map((each) => make("li", "", words.mistake(each))),
      ...(last.more_errors ? [make("li", "", `and ${last.more_errors} more`)] : [])),
    make("ul", "changes", ...last.changes.map(({ key, old: was, new: is }) =>
      make("li", "", make("code", "", key),
        `: ${JSON.stringify(was)} → ${JSON.stringify(is)}`))),
  ]);
  put("keys", body.config, () => facts(flat(body.config).map(([key, value]) =>
    // A long key is broken where its words are.
    [make("span", "", ...key.split(/(?<=[._])/).flatMap((part) => [part, make("wbr")])), value])));
}

// Every key with its section, as a person writes it.
function flat(section, before = "") {
  return Object.entries(section).flatMap(([name, value]) =>
    !before && value && typeof value === "object"
      ? flat(value, `${name}.`)
      : [[`${before}${name}`, JSON.stringify(value)]]);
}

export function events(list) {
  put("events", list, () =>
    list.length
      ? list.map(({ time, id, event_type, reasons }) =>
        make("li", "", make("time", "", words.clock(time, Date.parse(list[0].time))),
          ` Person ${id} ${event_type} `,
          make("span", "note", words.reasons(reasons))))
      : make("li", "none", "Nobody came or went yet"));
}
