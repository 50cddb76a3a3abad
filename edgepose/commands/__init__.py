"""Commands over MQTT: `dispatch` takes and answers them, `orders` carries them out.

`override` is what the command `set` leaves over the config file.
"""
