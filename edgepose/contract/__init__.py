"""The contract with subscribers: an AsyncAPI 3 document of every topic, made from the code.

`python -m edgepose.contract` writes it to config/asyncapi.yaml. Payloads come from the message
types (`edgepose.messages`), names from `edgepose.mqtt.topics`, QoS and the like from
`edgepose.mqtt.delivery`. Nothing of the daemon needs this package. Pure but for `__main__`.
"""
