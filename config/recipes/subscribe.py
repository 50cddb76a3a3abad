"""Who is in front of the cameras, and where their noses are: python3 subscribe.py [HOST [PORT]]

Needs paho-mqtt, and edgepose (of which its folder `edgepose/messages` is enough).
"""

import sys

import paho.mqtt.subscribe as mqtt

from edgepose.messages import decode_packed


def on_message(_client, _userdata, message):
    """Print a line for everybody in view."""
    for person in decode_packed(message.payload).people:
        nose = person.landmarks[0]
        print(f"{message.topic}: person {person.id}, nose at {nose.x:.2f} {nose.y:.2f}", flush=True)


host, port = [*sys.argv[1:], *["localhost", "1883"][len(sys.argv) - 1 :]]
mqtt.callback(on_message, "edgepose/+/pose/packed", hostname=host, port=int(port))
