// The page: takes what the device tells, and shows it. Draws when there is something new, and
// changes numbers twice a second: nobody reads faster.

import { Link } from "./link.js";
import { everybody } from "./people.js";
import * as panels from "./panels.js";
import { Picture } from "./picture.js";
import { COLOURS, colourOf, draw } from "./skeleton.js";
import * as words from "./words.js";

const $ = (id) => document.getElementById(id);
const KEPT = 120; // Poses to find that of a camera picture in: some seconds.
const WINDOW_S = 3; // Rates and delays here are those of so long.
const NUMBERS_MS = 500;
const SAID_MS = 1500; // What is read aloud changes no faster.
const CALM_MS = 500; // Nor does the picture, for whoever wants little motion.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const canvas = $("canvas");
const context = canvas.getContext("2d", { alpha: false });

let hello = null;
let state = null;
let health = null;
let config = null;
let before = null; // The counters of the report before.
let pose = null;
let held = false;
let caption = ""; // Of what is drawn.
let look = null;
let drawn = 0;
let due = null;
const at = {}; // When the newest of each kind was said, in ms of performance.now().
const poses = []; // { pose, at }, the newest last.
const events = [];

const KINDS = {
  hello(body) {
    // Another version has another page.
    if (hello && hello.version !== body.version) location.reload();
    hello = body;
    look = null;
    if (!hello.camera_picture) picture.drop();
    $("name").textContent = hello.name;
    document.title = `${hello.name}: edgepose live`;
    $("foot").textContent = `edgepose ${hello.version} on ${hello.device}`;
    banner();
  },
  pose(body) {
    pose = body;
    poses.push({ pose, at: performance.now() });
    if (poses.length > KEPT) poses.shift();
  },
  state(body) {
    state = body;
    // A closed camera shows nothing, and what it has shown is gone.
    if (state.paused) drop();
    else if (["off", "missing", "stalled"].includes(state.camera)) picture.drop();
  },
  health(body) {
    before = health && health.run === body.run ? health.counters : null;
    health = body;
    panels.frames(health.counters, before);
  },
  config(body) {
    config = body;
    panels.config(config);
  },
  event(body) {
    // At a new connection the last one comes again.
    if (JSON.stringify(body) === JSON.stringify(events[0])) return;
    events.unshift(body);
    events.length = Math.min(events.length, 20);
    panels.events(events);
  },
};

const picture = new Picture(() => soon());
const link = new Link({
  heard({ kind, age_s, body }) {
    if (!(kind in KINDS)) return;
    at[kind] = performance.now() - 1000 * age_s;
    KINDS[kind](body);
    if (kind === "pose") soon();
    else tell();
  },
  seen: (frame, jpeg) => picture.take(frame, jpeg),
  changed() {
    if (link.state !== "open") drop();
    tell();
  },
});

// What was seen before is not what is seen now.
function drop() {
  pose = null;
  poses.length = 0;
  picture.drop();
}

function banner() {
  const element = $("banner");
  element.hidden = !hello.camera_picture;
  element.textContent = hello.camera_picture
    ? "The camera's picture is on: whoever opens this page sees the room."
    : "";
}

// Draws with the next frame of the screen; not in between, and not where nothing is new.
function soon() {
  if (due !== null || held) return;
  const wait = calm.matches ? CALM_MS - (performance.now() - drawn) : 0;
  due = wait > 0 ? setTimeout(() => paint(), wait) : requestAnimationFrame(() => paint());
}

// The pose that belongs to what is shown: the picture's own, where there is a picture.
function scene() {
  const { current } = picture;
  if (!current) return { pose, image: null };
  const nearest = poses.filter((each) => each.pose.frame <= current.frame).at(-1);
  const fits = nearest
    && (nearest.pose.frame === current.frame || !nearest.pose.people.length
      || current.at - nearest.at < 1000);
  return { pose: fits ? nearest.pose : null, image: current.image };
}

function paint() {
  due = null;
  if (held) return;
  drawn = performance.now();
  const shown = scene();
  const size = shown.pose?.size ?? pose?.size ?? hello?.size ?? [640, 480];
  fit(size);
  look ??= colours();
  const scale = canvas.width / (canvas.clientWidth || canvas.width);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  // Landmarks that are not mirrored do not say so.
  const mirrored = Boolean(shown.pose?.people.length ? shown.pose.mirrored : hello?.mirror);
  const told = instead();
  const people = (told && !shown.image ? [] : shown.pose?.people ?? [])
    .map((person, place) => ({ ...person, colour: colourOf(person, place) }));
  draw(context, canvas.width / scale, canvas.height / scale, look, {
    people,
    mirrored,
    mask: hello?.mask ?? [],
    picture: shown.image,
  });
  const parts = [`${size[0]} × ${size[1]}`];
  if (shown.pose) parts.push(`frame ${shown.pose.frame}`);
  if (mirrored) parts.push("mirrored");
  if (hello?.mask.length && link.state === "open") parts.push("hatched: masked, nobody looks there");
  caption = parts.join(" · ");
  panels.put("caption", caption);
  place(told, shown.image);
}

// The canvas has the picture's shape, and as many dots as the screen.
function fit([width, height]) {
  const stage = $("stage");
  stage.style.setProperty("--shape", width / height);
  const dots = Math.min(devicePixelRatio || 1, 2);
  const wide = Math.max(1, Math.round(stage.clientWidth * dots));
  const high = Math.max(1, Math.round((stage.clientWidth * dots * height) / width));
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    ground: of("--ground"),
    hatch: of("--quiet"),
    halo: "#000",
    people: Array.from({ length: COLOURS }, (_, i) => of(`--c${i}`)),
    names: hello?.landmarks ?? [],
    connections: hello?.connections ?? [],
  };
}

// All that the words in the picture's place and above it are made of.
function known() {
  const age = (performance.now() - (at.pose ?? 0)) / 1000;
  return { link, state, health, pose, pose_age_s: age };
}

function instead() {
  return words.instead(known());
}

// Words stand in the picture's place, or below it where the camera's picture is shown.
function place(told, image) {
  const element = $("instead");
  element.hidden = !told;
  element.classList.toggle("strip", Boolean(told && image));
  if (told) {
    const [title, text] = element.children;
    title.textContent = told[0];
    text.textContent = told[1];
  }
  $("again").hidden = link.state !== "lost" && link.state !== "asleep";
}

// Everything but the picture.
function tell() {
  const now = performance.now();
  const chip = $("link");
  chip.className = `chip ${link.state === "open" ? "ok" : "degraded"}`;
  const lost = link.refused ? "not let in" : link.closed ? "not connected" : "connection lost";
  chip.firstElementChild.textContent = { open: "connected", lost, asleep: "not connected",
    connecting: "connecting" }[link.state];
  const all = known();
  panels.put("headline", words.headline(all));
  const away = link.state !== "open";
  // Nothing is measured then, and what was before is not so any more.
  const still = away || Boolean(state?.paused);
  const recent = still ? [] : poses.filter((each) => now - each.at < WINDOW_S * 1000);
  const told_s = (now - (at.health ?? now)) / 1000;
  panels.rates({
    arriving: words.rate(recent.map((each) => each.at), now),
    delay: words.median(recent.map((each) => each.pose.latency_ms)),
    health: still ? null : health,
    health_age_s: told_s,
  });
  panels.device(health, state, away && health ? told_s : null);
  const counted = !away && typeof state?.count === "number";
  const fresh = now - (at.pose ?? 0) < WINDOW_S * 1000;
  panels.people(
    counted ? everybody(state, (now - at.state) / 1000, fresh ? pose : null, hello) : [],
    counted ? "Nobody" : `Not known: ${words.headline(all).toLowerCase()}`);
  if (config === null) panels.put("config", "Not known yet");
  panels.events(events);
  const told = instead();
  // Words are said beside a picture that is held, too; where nothing is to be seen, in its place.
  $("stage").classList.toggle("blank", away || (held && still));
  if (held) {
    panels.put("caption", still ? "Held" : `Held · ${caption}`);
    place(told, !still);
  } else canvas.ariaLabel = told ? told.filter(Boolean).join(": ") : drawnPeople();
  soon();
}

function drawnPeople() {
  const count = pose.people.length;
  const where = picture.current ? "the camera's picture" : "a plain ground";
  return `${count === 1 ? "1 person" : `${count} people`} drawn as lines on ${where}`;
}

// What is read aloud: who is there, how the device is, what became of a change of the file.
let said = "";
function say() {
  const parts = [words.headline(known())];
  if (health && link.state === "open" && health.status !== "ok") {
    parts.push([`Status ${health.status}`, ...health.why].join(": "));
  }
  const result = config?.last.result;
  if (result && result !== "accepted") {
    parts.push(`Configuration ${result === "refused" ? "refused" : "taken back"}`);
  }
  const text = `${parts.join(". ")}.`;
  if (text !== said) $("said").textContent = said = text;
}

$("hold").addEventListener("click", () => {
  held = !held;
  $("stage").classList.toggle("held", held);
  $("hold").textContent = held ? "Go on" : "Hold the picture";
  if (held) canvas.ariaLabel = `Held: ${canvas.ariaLabel}`;
  tell();
});
$("again").addEventListener("click", () => link.again());
new ResizeObserver(() => soon()).observe($("stage"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  look = null;
  soon();
});
setInterval(tell, NUMBERS_MS);
setInterval(say, SAID_MS);
tell();
