// Who is in front of the cameras, and where their noses are: node subscribe.js [mqtt://HOST:PORT]
//
// Needs `npm install mqtt`, and edgepose-messages.js in the folder above.

const mqtt = require("mqtt");
const { decodePacked } = require("../edgepose-messages.js");

const client = mqtt.connect(process.argv[2] ?? "mqtt://localhost:1883");
client.on("connect", () => client.subscribe("edgepose/+/pose/packed"));
client.on("error", (error) => console.error(`broker: ${error.message || error.code}`));
client.on("message", (topic, payload) => {
  for (const { id, landmarks: [[x, y]] } of decodePacked(payload).people) {
    console.log(`${topic}: person ${id}, nose at ${x.toFixed(2)} ${y.toFixed(2)}`);
  }
});
