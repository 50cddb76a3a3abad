// What the page says: numbers and states of the messages in words. Pure; knows no element.

// Each counter of /health: its name, what it means, and whether the frame is with the broker
// (sent), was wanted by nobody (spared), one more than the engine can do (busy), missing to
// somebody (lost), or none of these yet (open).
export const BOOKS = [
  ["published", "sent", "with the broker"],
  ["paced", "spared", "more came than are wanted"],
  ["unchanged", "spared", "nothing new to say: an empty room"],
  ["busy", "busy", "the engine was still at work; the newest wins"],
  ["refused", "lost", "the engine cannot take such a picture"],
  ["engine_lost", "lost", "the engine did not answer in time"],
  ["link_full", "lost", "the daemon stood still, the engine went on"],
  ["crashed", "lost", "in flight when the vision process died"],
  ["offline", "lost", "there was no connection to the broker"],
  ["backpressure", "lost", "the broker did not keep up"],
  ["stale", "lost", "too old when the daemon came to it"],
  ["in_flight", "open", "in work at this moment"],
];
const BEFORE = ["paced", "busy", "refused", "engine_lost", "link_full", "crashed", "observed",
  "in_flight"];
const AFTER = ["published", "offline", "backpressure", "unchanged", "stale"];

const LONG_S = 30; // Whoever restarts is back by then.

const CAMERA = {
  ok: ["ok", "ok"],
  missing: ["No camera", "It cannot be opened."],
  stalled: ["The camera stands still", "It gives no frames."],
  frozen: ["The camera is frozen", "It gives the same picture again and again."],
  dark: ["It is dark", "Nobody can be seen. By night that is no fault."],
  covered: ["The camera is covered", "Nothing can be seen."],
  off: ["The camera is off", ""],
};

// By how many frames the two sums of the books are off.
export function unexplained(counters) {
  const sum = (names) => names.reduce((all, name) => all + (counters[name] ?? 0), 0);
  return Math.abs(counters.captured - sum(BEFORE)) + Math.abs(counters.observed - sum(AFTER));
}

// One sentence about who is there, or why nobody knows.
export function headline({ link, state, health, pose, pose_age_s }) {
  if (link.state !== "open") return instead({ link })[0];
  if (state?.paused) return "Paused";
  const view = state?.camera ?? health?.camera;
  if (view && view !== "ok") return CAMERA[view]?.[0] ?? `Camera ${view}`;
  if (pose && silent(pose, pose_age_s)) return "No poses come";
  if (typeof state?.count === "number") return there(state.count);
  return health?.status === "degraded" ? "Not well" : "Starting";
}

export function there(count) {
  if (count === 0) return "Nobody is there";
  return count === 1 ? "1 person is there" : `${count} people are there`;
}

// An empty room is said every 10 s; where somebody is seen, each frame has its pose.
function silent(pose, age_s) {
  return age_s > (pose.people.length ? 3 : 15);
}

// What stands in the picture's place: a title and a text. Null where there is something to see.
export function instead({ link, state, health, pose, pose_age_s }) {
  const why = (health?.why ?? []).join("; ");
  if (link.state === "connecting") return ["Connecting", ""];
  if (link.state === "asleep") return ["Not connected", "Nobody looked at this page."];
  if (link.state === "lost" && link.closed && !link.refused) {
    return [link.closed, "On the device, edgepose live tells how to open it."
      + " Should it come back here, this page shows it."];
  }
  if (link.state === "lost") {
    const left = Math.ceil(link.wait_s);
    return [link.refused ? "Not let in" : "Connection lost", [link.refused,
      `Trying again${left > 0 ? ` in ${left} s` : ""}.`,
      link.refused || link.lost_s < LONG_S ? "" : mend(link),
      why ? `It said last: ${why}.` : ""].filter(Boolean).join(" ")];
  }
  if (state?.paused) {
    return ["Paused", "The camera is closed until the command resume comes."];
  }
  const view = state?.camera ?? health?.camera;
  if (view && view !== "ok") {
    const [title, text] = CAMERA[view] ?? [`Camera ${view}`, ""];
    return [title, view === "dark" || !why ? text : why];
  }
  if (!view || !pose || health?.status === "starting") {
    return why ? ["No picture yet", why] : ["Starting", "Camera and engine are being opened."];
  }
  if (silent(pose, pose_age_s)) {
    return [`No pose for ${duration(pose_age_s)}`, why];
  }
  return pose.people.length ? null : ["Nobody in view", ""];
}

// What a person may look at where the connection does not come back.
function mend({ lost_s: lost, answered }) {
  if (answered) {
    return "The device answers, but no WebSocket to it comes about: something in between, such as a"
      + " proxy, may not let it through.";
  }
  return `Nobody has answered for ${duration(lost)}. Is the device on and in the network, and are`
    + " you? Its page may be off (live.enabled in its configuration), or have another address:"
    + " edgepose live prints it there.";
}

// Which parts of somebody are within the picture, for whoever aims the camera.
export function inPicture(landmarks, names) {
  const inside = ([x, y]) => x >= 0 && x <= 1 && y >= 0 && y <= 1;
  const parts = [["the head", /nose|eye|ear|mouth/], ["a hand", /wrist|pinky|index$|thumb/],
    ["the feet", /ankle|heel|foot/]];
  const cut = parts.filter(([, which]) =>
    landmarks.some((row, i) => which.test(names[i]) && !/foot/.test(names[i]) && !inside(row)));
  if (!landmarks.some(inside)) return "nothing of it";
  return cut.length ? `without ${cut.map(([name]) => name).join(", ")}` : "the whole body";
}

export function duration(seconds) {
  if (seconds < 100) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

// The time of day of an ISO text, with the date where it is of another day than `now`.
export function clock(iso, now) {
  const time = new Date(iso);
  const day = time.toDateString() === new Date(now).toDateString();
  const text = time.toLocaleTimeString([], { hour12: false });
  return day ? text : `${time.toLocaleDateString()} ${text}`;
}

export function decimal(value, digits = 1) {
  return typeof value === "number" ? value.toFixed(digits) : "–";
}

export function whole(value) {
  return typeof value === "number" ? value.toLocaleString() : "–";
}

export function percent(part, all) {
  if (!all) return "0 %";
  const share = (100 * part) / all;
  return share > 0 && share < 1 ? "<1 %" : `${Math.round(share)} %`;
}

// How many a second came at these times, in ms; null where that is not known yet.
export function rate(times, now) {
  return times.length > 1 ? ((times.length - 1) * 1000) / (now - times[0]) : null;
}

export function median(values) {
  if (!values.length) return null;
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

export function mistake({ line, column, key, message }) {
  const where = line === null ? "" : `line ${line}${column === null ? "" : `, column ${column}`}: `;
  return `${where}${key ? `${key}: ` : ""}${message}`;
}

// Why the device says that somebody came or went.
export function reasons(given) {
  const known = {
    visible_s: (value) => `seen for ${value} s`,
    unseen_s: (value) => `not seen for ${value} s`,
    confidence: (value) => `confidence ${percent(value, 1)}`,
    displaced_by: (value) => `displaced by ${value}`,
  };
  return Object.entries(given)
    .map(([name, value]) => known[name]?.(value) ?? `${name} ${value}`).join(", ");
}
