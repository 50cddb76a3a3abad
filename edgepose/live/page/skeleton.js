// Draws what is seen on a canvas: the ground or the camera's picture, masked areas, the people.
// Knows neither messages nor elements. Lengths are CSS pixels.

export const COLOURS = 8; // As many as page.css has.
const SEEN = 0.5; // Below this presence a landmark is not in the picture, and not drawn.
const FAINTEST = 0.12; // The opacity of what is not visible at all.
const FACE = /nose|eye|ear|mouth/;
const LIMB = /shoulder|elbow|wrist|hip|knee|ankle/;

// `look`: { ground, line, hatch, people: [colours], names, connections }.
// `what`: { people, mirrored, mask: [polygons], picture: an image or null }.
export function draw(context, width, height, look, what) {
  context.globalAlpha = 1;
  context.fillStyle = look.ground;
  context.fillRect(0, 0, width, height);
  if (what.picture) drawPicture(context, width, height, what);
  for (const polygon of what.mask) drawMask(context, width, height, look, polygon, what.mirrored);
  const figures = what.people.map((person) => new Figure(person, look, width, height));
  for (const figure of figures) figure.draw(context, what.picture !== null);
  for (const figure of figures) figure.label(context, look);
}

// The colour of a person, as an index: an id keeps its own.
export function colourOf(person, place) {
  return (person.id ? person.id - 1 : place) % COLOURS;
}

function drawPicture(context, width, height, { picture, mirrored }) {
  context.save();
  if (mirrored) context.transform(-1, 0, 0, 1, width, 0);
  context.drawImage(picture, 0, 0, width, height);
  context.restore();
}

// The mask lies in the picture as the camera gives it; only landmarks come mirrored.
function drawMask(context, width, height, look, polygon, mirrored) {
  const area = new Path2D();
  for (const [x, y] of polygon) area.lineTo((mirrored ? 1 - x : x) * width, y * height);
  area.closePath();
  context.save();
  context.clip(area);
  context.fillStyle = look.hatch;
  context.globalAlpha = 0.18;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = 0.6;
  context.strokeStyle = look.hatch;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = -height; x < width; x += 9) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
  context.strokeStyle = look.hatch;
  context.lineWidth = 1.5;
  context.stroke(area);
}

class Figure {
  constructor(person, look, width, height) {
    this.id = person.id;
    this.colour = person.colour;
    this.rows = person.landmarks;
    this.points = this.rows.map(([x, y]) => [x * width, y * height]);
    this.look = look;
    this.width = width;
    this.place = Object.fromEntries(look.names.map((name, i) => [name, i]));
    this.trunk = distance(this.middle("shoulder"), this.middle("hip"));
    this.limb = Math.min(Math.max(this.trunk / 11, 2), 14);
    this.head = this.findHead();
  }

  draw(context, onPicture) {
    context.lineCap = context.lineJoin = "round";
    const ink = this.look.people[this.colour];
    const bones = this.bones();
    if (onPicture) {
      // Lines of any colour are to be seen on any picture.
      const { names } = this.look;
      for (const bone of bones.filter(([a]) => !FACE.test(names[a]))) {
        this.stroke(context, bone, this.look.halo, 3);
      }
    }
    this.drawTrunk(context, ink);
    this.drawHead(context, ink);
    for (const bone of bones) this.stroke(context, bone, ink, 0);
    this.drawJoints(context, ink);
    context.globalAlpha = 1;
  }

  // What is farther from the camera first.
  bones() {
    const z = ([a, b]) => this.rows[a][2] + this.rows[b][2];
    return this.look.connections.filter((bone) => this.has(...bone)).sort((a, b) => z(b) - z(a));
  }

  stroke(context, [a, b], ink, more) {
    const { names } = this.look;
    const thick = LIMB.test(names[a]) && LIMB.test(names[b]);
    context.strokeStyle = ink;
    context.globalAlpha = this.opacity(a, b);
    const share = thick ? 1 : FACE.test(names[a]) ? 0.15 : 0.33;
    context.lineWidth = Math.max(this.limb * share, 1) + more;
    context.beginPath();
    context.moveTo(...this.points[a]);
    context.lineTo(...this.points[b]);
    context.stroke();
  }

  drawTrunk(context, ink) {
    const corners = ["left_shoulder", "right_shoulder", "right_hip", "left_hip"]
      .map((name) => this.place[name]);
    if (!this.has(...corners)) return;
    context.globalAlpha = 0.2 * this.opacity(...corners);
    context.fillStyle = ink;
    context.beginPath();
    for (const corner of corners) context.lineTo(...this.points[corner]);
    context.fill();
  }

  // No landmark shows skull and neck, and without them it is hard to see a person.
  drawHead(context, ink) {
    if (!this.head) return;
    const [x, y, radius] = this.head;
    const [neckX, neckY] = this.middle("shoulder");
    const share = radius / Math.max(distance([x, y], [neckX, neckY]), radius, 1);
    context.strokeStyle = context.fillStyle = ink;
    context.globalAlpha = this.opacity(this.place.left_ear, this.place.right_ear);
    context.lineWidth = Math.max(this.limb / 2, 1.5);
    context.beginPath();
    context.moveTo(x + (neckX - x) * share, y + (neckY - y) * share);
    context.lineTo(neckX, neckY);
    context.stroke();
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
    context.globalAlpha *= 0.2;
    context.fill();
  }

  drawJoints(context, ink) {
    this.points.forEach(([x, y], i) => {
      if (!this.has(i)) return;
      const limb = LIMB.test(this.look.names[i]);
      const small = FACE.test(this.look.names[i]) ? 0.16 : 0.24;
      const radius = limb ? this.limb * 0.72 : Math.max(this.limb * small, 1);
      context.globalAlpha = this.opacity(i);
      context.fillStyle = ink;
      disc(context, x, y, radius);
      if (limb) {
        context.fillStyle = this.look.ground;
        disc(context, x, y, radius * 0.45);
      }
    });
  }

  // The id above the head, or above what is seen of the person; always inside the picture.
  label(context, { ground, people }) {
    const seen = this.points.filter((_, i) => this.has(i));
    if (!this.id || !seen.length) return;
    const highest = seen.reduce((a, b) => (b[1] < a[1] ? b : a));
    const [x, y, radius] = this.head ?? [...highest, 0];
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    const half = context.measureText(this.id).width / 2 + 7;
    const left = Math.min(Math.max(x, half + 2), Math.max(this.width - half - 2, half + 2));
    const top = Math.max(y - radius - this.limb - 14, 12);
    context.fillStyle = people[this.colour];
    context.beginPath();
    context.roundRect(left - half, top - 10, 2 * half, 20, 10);
    context.fill();
    context.fillStyle = ground;
    context.fillText(this.id, left, top + 1);
  }

  findHead() {
    const [left, right] = [this.place.left_ear, this.place.right_ear];
    const shoulders = [this.place.left_shoulder, this.place.right_shoulder];
    if (!this.has(left, right, ...shoulders)) return null;
    // The ears are as far apart as the head is wide, whichever way it is turned: z counts, too.
    const deep = (this.rows[left][2] - this.rows[right][2]) * this.width;
    const wide = Math.hypot(distance(this.points[left], this.points[right]), deep);
    return [...this.middle("ear"), Math.min(wide * 0.62, this.trunk * 0.25)];
  }

  middle(part) {
    const [a, b] = ["left", "right"].map((side) => this.points[this.place[`${side}_${part}`]]);
    return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  }

  has(...marks) {
    return marks.every((i) => this.rows[i][4] >= SEEN);
  }

  // The visibility, for whoever looks.
  opacity(...marks) {
    return Math.max(FAINTEST, Math.min(...marks.map((i) => this.rows[i][3])));
  }
}

function disc(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function distance([x0, y0], [x1, y1]) {
  return Math.hypot(x1 - x0, y1 - y0);
}
